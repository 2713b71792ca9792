// SPDX-License-Identifier: LGPL-2.0-or-later
//! Variables that stable Rust cannot define: thread-local variables with a C name, weak variables, and variables with a
//! greater alignment than their type's.

/// Defines a thread-local variable, zero at a thread's start, aligned to 16 bytes as C aligns larger ones.
macro_rules! exported_thread_local {
    ($name:literal, $size:literal) => {
        ::core::arch::global_asm!(
            concat!(".pushsection .tbss.", $name, ", \"awT\", %nobits"),
            concat!(".globl ", $name),
            concat!(".type ", $name, ", %tls_object"),
            concat!(".size ", $name, ", ", $size),
            ".balign 16",
            concat!($name, ": .zero ", $size),
            ".popsection",
        );
    };
}
pub(in crate::kdb) use exported_thread_local;

/// Defines a variable of zeros, aligned to 8 bytes or more.
#[cfg(feature = "kdb")]
macro_rules! exported_aligned {
    ($name:literal, $size:expr) => {
        $crate::kdb::statics::exported_aligned!($name, $size, "8");
    };
    ($name:literal, $size:expr, $alignment:literal) => {
        $crate::kdb::statics::exported_zeros!(".globl ", $name, $size, $alignment);
    };
}
#[cfg(feature = "kdb")]
pub(in crate::kdb) use exported_aligned;

/// As [`exported_aligned`], weak. A definition in the host, common or not, overrides it: the revisions of the proxy define
/// such a variable in different objects.
macro_rules! exported_weak {
    ($name:literal, $size:expr) => {
        $crate::kdb::statics::exported_zeros!(".weak ", $name, $size, "8");
    };
}
pub(in crate::kdb) use exported_weak;

/// What the two have in common. The size is a constant, which may be that of a type.
macro_rules! exported_zeros {
    ($binding:literal, $name:literal, $size:expr, $alignment:literal) => {
        ::core::arch::global_asm!(
            concat!(".pushsection .bss.", $name, ", \"aw\", %nobits"),
            concat!($binding, $name),
            concat!(".type ", $name, ", %object"),
            concat!(".size ", $name, ", {size}"),
            concat!(".balign ", $alignment),
            concat!($name, ": .zero {size}"),
            ".popsection",
            size = const $size,
        );
    };
}
pub(in crate::kdb) use exported_zeros;

/// Defines a variable that starts with a text and goes on with zeros, with an alignment that its size is no multiple of.
#[cfg(feature = "kdb")]
macro_rules! exported_text {
    ($name:literal, $text:literal, $size:literal, $alignment:literal) => {
        ::core::arch::global_asm!(
            concat!(".pushsection .data.", $name, ", \"aw\", %progbits"),
            concat!(".globl ", $name),
            concat!(".type ", $name, ", %object"),
            concat!(".size ", $name, ", ", $size),
            concat!(".balign ", $alignment),
            concat!($name, ": .ascii \"", $text, "\""),
            concat!(".zero ", $size, " - (. - ", $name, ")"),
            ".popsection",
        );
    };
}
#[cfg(feature = "kdb")]
pub(in crate::kdb) use exported_text;

/// A variable that is aligned to 16 bytes, as C aligns larger objects.
#[cfg(feature = "kdb")]
#[repr(C, align(16))]
pub struct Aligned16<T>(pub(in crate::kdb) T);

/// A variable that is aligned to 32 bytes, as C aligns arrays.
#[cfg(feature = "kdb")]
#[repr(C, align(32))]
pub struct Aligned32<T>(pub(in crate::kdb) T);

/// Calls a function before `main`, in the order in which C's constructors run. The entry survives the collection of unused
/// sections, because the linker keeps this section in a relocatable link.
#[cfg(feature = "kdb")]
macro_rules! constructor {
    ($function:ident) => {
        const _: () = {
            #[used]
            #[unsafe(link_section = ".init_array")]
            static CONSTRUCTOR: extern "C" fn() = $function;
        };
    };
}
#[cfg(feature = "kdb")]
pub(in crate::kdb) use constructor;
/// Defines a variable of given contents, aligned to `$align` bytes as C aligns larger objects. The contents are directives
/// of the assembler, in which `{name}` stands for a function or variable of the list.
#[cfg(feature = "kdb")]
macro_rules! exported_object {
    ($name:literal, $align:literal, $size:literal, [$($line:expr),+ $(,)?] $(, $symbol:ident = $path:path)* $(,)?) => {
        ::core::arch::global_asm!(
            concat!(".pushsection .data.rel.", $name, ", \"aw\", %progbits"),
            concat!(".globl ", $name),
            concat!(".type ", $name, ", %object"),
            concat!(".size ", $name, ", ", $size),
            concat!(".balign ", $align),
            concat!($name, ":"),
            $($line,)+
            ".popsection",
            $($symbol = sym $path),*
        );
    };
}
#[cfg(feature = "kdb")]
pub(in crate::kdb) use exported_object;
