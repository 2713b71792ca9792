// SPDX-License-Identifier: LGPL-2.0-or-later
//! The functions that the legacy objects `common/sha1` and `common/sha256` have alike: by the host's libcrypto in a context,
//! and by the core at once.

/// Defines an object's functions. `$name` is the digest's name in sentences, `$wrong` says that a context is another digest's,
/// and `$bits` is the number that `shim/evp.c` knows the digest by.
macro_rules! sha {
    ($name:literal, $wrong:literal, $bits:literal, $len:literal: $starts:ident, $update:ident, $finish:ident, $whole:ident, $two_chunks:ident) => {
        #[doc = concat!("Starts a ", $name, " digest in the host's context, with the host's libcrypto.")]
        ///
        /// # Safety
        /// `ctx` was created by the host's libcrypto.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $starts(ctx: *mut $crate::kdb::EvpMdCtx) {
            // SAFETY: the same promise.
            unsafe { $crate::kdb::libcrypto::mtproxy_kdb_evp_starts(ctx, $bits) }
        }

        /// Feeds `ilen` bytes; none if that is negative.
        ///
        /// # Safety
        /// `ctx` was started, and `input` is *readable* for `ilen` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $update(
            ctx: *mut $crate::kdb::EvpMdCtx,
            input: *const u8,
            ilen: ::core::ffi::c_int,
        ) {
            let len = usize::try_from(ilen).unwrap_or(0);
            // SAFETY: the same promises; the length is not negative.
            unsafe { $crate::kdb::libcrypto::mtproxy_kdb_evp_update(ctx, input, len) }
        }

        #[doc = concat!("Writes the ", $len, " bytes of the digest.")]
        ///
        /// # Safety
        /// `ctx` was started, and `output` is *writable* for the digest.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $finish(ctx: *mut $crate::kdb::EvpMdCtx, output: *mut u8) {
            use $crate::kdb::support::{c_text, die};
            // SAFETY: the same promises.
            if unsafe { $crate::kdb::libcrypto::mtproxy_kdb_evp_finish(ctx, output) } != $len {
                die(c_text!($wrong));
            }
        }

        #[doc = concat!("The ", $name, " digest of `ilen` bytes; a negative length is empty.")]
        ///
        /// # Safety
        /// `input` is *readable* for `ilen` bytes and `output` is *writable* for the digest; they *may overlap*.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $whole(input: *const u8, ilen: ::core::ffi::c_int, output: *mut u8) {
            use $crate::{digest, kdb::support::bytes};
            // SAFETY: the same promises; nothing is written before the slice's last use.
            unsafe {
                output.cast::<[u8; $len]>().write_unaligned(digest::$whole(bytes(input.cast(), ilen)));
            }
        }

        #[doc = concat!("The ", $name, " digest of two inputs in a row; a negative length is empty.")]
        ///
        /// # Safety
        /// The inputs are *readable* for their lengths and `output` is *writable* for the digest; they *may overlap*.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $two_chunks(
            input1: *const u8,
            ilen1: ::core::ffi::c_int,
            input2: *const u8,
            ilen2: ::core::ffi::c_int,
            output: *mut u8,
        ) {
            use $crate::{digest, kdb::support::bytes};
            // SAFETY: the same promises; nothing is written before the slices' last use.
            unsafe {
                let hash = digest::$two_chunks(bytes(input1.cast(), ilen1), bytes(input2.cast(), ilen2));
                output.cast::<[u8; $len]>().write_unaligned(hash);
            }
        }
    };
}
pub(super) use sha;
