// SPDX-License-Identifier: LGPL-2.0-or-later
//! The tables of legacy names. Those marked `drop_in` have two sides, the others only the original's.

mod checksum;
mod config;
mod digest;
#[cfg(feature = "whole")]
mod packets;
mod tl;

pub use checksum::Checksum;
pub use config::Config;
pub use digest::Digest;
#[cfg(feature = "whole")]
pub use packets::{Mark, Packets, Reader};
pub use tl::Tl;

macro_rules! table {
    ($(#[$doc:meta])* drop_in $table:ident $names:tt) => {
        $crate::names::table!(@table [$(#[$doc])*] $table $names);
        $crate::names::table!(@linked $table $names);
    };
    ($(#[$doc:meta])* original $table:ident $names:tt) => {
        $crate::names::table!(@table [$(#[$doc])*] $table $names);
        impl $table {
            fn linked() -> Option<Self> {
                None
            }
        }
    };

    (@table [$($doc:tt)*] $table:ident {
        $(fn $function:ident($($argument:ty),* $(; $dots:tt)?) $(-> $result:ty)?;)*
        $(static $variable:ident: $type:ty;)*
    }) => {
        $($doc)*
        #[derive(Clone, Copy)]
        pub struct $table {
            pub is_original: bool,
            $(pub $function: unsafe extern "C" fn($($argument),* $(, $dots)?) $(-> $result)?,)*
            $(pub $variable: *mut $type,)*
        }

        impl $table {
            /// The original's names; `None` without the original.
            fn original() -> Option<Self> {
                let library = $crate::original::library()?;
                Some(Self {
                    is_original: true,
                    // SAFETY: the name is a function of this type, as c-harness/abi/legacy-symbols.tsv has it.
                    $($function: unsafe {
                        core::mem::transmute::<
                            *mut core::ffi::c_void,
                            unsafe extern "C" fn($($argument),* $(, $dots)?) $(-> $result)?,
                        >(library.find(stringify!($function)))
                    },)*
                    $($variable: library.find(stringify!($variable)).cast(),)*
                })
            }

            /// All sides of this run.
            pub fn sides() -> &'static [Self] {
                std::thread_local! {
                    static SIDES: &'static [$table] =
                        Vec::leak([$table::linked(), $table::original()].into_iter().flatten().collect());
                }
                SIDES.with(|sides| *sides)
            }
        }
    };

    (@linked $table:ident {
        $(fn $function:ident($($argument:ty),* $(; $dots:tt)?) $(-> $result:ty)?;)*
        $(static $variable:ident: $type:ty;)*
    }) => {
        impl $table {
            /// The names that this program is linked with, as a C host is.
            fn linked() -> Option<Self> {
                // Makes the linker include the library, which no other line here names.
                use mtproxy_ffi as _;
                unsafe extern "C" {
                    $(fn $function($(_: $argument),* $(, $dots)?) $(-> $result)?;)*
                    $(static mut $variable: $type;)*
                }
                Some(Self { is_original: false, $($function,)* $($variable: &raw mut $variable,)* })
            }
        }
    };
}
pub(crate) use table;
