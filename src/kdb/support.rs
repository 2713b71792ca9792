// SPDX-License-Identifier: LGPL-2.0-or-later
//! What the drop-in's files share: C's lengths as slices, the log, and an end with a message.

use core::{
    ffi::{CStr, c_char, c_void},
    slice,
};

unsafe extern "C" {
    /// C's own: the drop-in's messages must come in order with the host's.
    pub(super) static stdout: *mut libc::FILE;
    pub(super) static stderr: *mut libc::FILE;
    /// From `shim/kprintf.c`.
    pub(super) fn kprintf(format: *const c_char, ...);
}

/// A C string. It lies in a section of its own: the common one for strings holds those of std's panic messages too,
/// none of which may be shipped.
macro_rules! c_text {
    ($text:literal) => {{
        const BYTES: &[u8] = concat!($text, "\0").as_bytes();
        #[unsafe(link_section = ".rodata.mtproxy_kdb")]
        static TEXT: [u8; BYTES.len()] = *BYTES.first_chunk().unwrap();
        const {
            match ::core::ffi::CStr::from_bytes_with_nul(&TEXT) {
                Ok(text) => text,
                Err(_) => panic!("a NUL inside"), // while compiling
            }
        }
    }};
}
pub(super) use c_text;

/// Borrows `len` bytes of the caller's. A length that is not positive is empty; a null pointer with a positive one ends
/// the process, as reading it would.
///
/// # Safety
/// `data` is null or *readable* for `len` bytes.
#[inline]
pub(super) unsafe fn bytes<'a>(data: *const c_void, len: impl TryInto<usize>) -> &'a [u8] {
    match len.try_into() {
        Ok(len @ 1..=MAX_LEN) => {
            if data.is_null() {
                null_with_a_length();
            }
            // SAFETY: not null, of a possible size and readable, as checked and as the caller promises.
            unsafe { slice::from_raw_parts(data.cast(), len) }
        }
        _ => &[],
    }
}

/// No object is longer.
const MAX_LEN: usize = isize::MAX as usize;

#[cold]
#[inline(never)]
fn null_with_a_length() -> ! {
    die(c_text!("a null pointer with a length"))
}

/// Ends the process where the original fails an assertion and no sane value exists.
pub(super) fn die(message: &CStr) -> ! {
    // SAFETY: a C string.
    unsafe { mtproxy_kdb_die(message.as_ptr()) }
}

/// As `die`, for the C half.
///
/// # Safety
/// `message` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_kdb_die(message: *const c_char) -> ! {
    // SAFETY: `stderr` is C's stream, and the format takes one C string. A failed assertion of C prints there too.
    unsafe {
        libc::fprintf(stderr, c_text!("mtproxy_kdb: %s\n").as_ptr(), message);
        // `abort` does not flush, and a host may have given the stream a buffer.
        libc::fflush(stderr);
        libc::abort()
    }
}

/// `kprintf`, when the host's `verbosity` is at least `$level`. The arguments are C's: what the format asks for.
macro_rules! vkprintf {
    ($level:expr, $format:expr $(, $argument:expr)* $(,)?) => {
        if $crate::kdb::verbosity.load(::core::sync::atomic::Ordering::Relaxed) >= $level {
            // SAFETY: a C string, and arguments of the types it asks for.
            unsafe { $crate::kdb::support::kprintf($format.as_ptr() $(, $argument)*) }
        }
    };
}
pub(super) use vkprintf;
