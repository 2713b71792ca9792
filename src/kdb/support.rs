// SPDX-License-Identifier: LGPL-2.0-or-later
//! Shared by the drop-in's files: slices from C's pointers and lengths, the log, and ending the process with a message.

use core::{
    ffi::{CStr, c_char, c_long, c_void},
    slice,
};

use crate::layout::common_stats::StatsBuffer;

unsafe extern "C" {
    /// C's streams, so that the drop-in's messages keep their order with the host's.
    pub(super) static stdout: *mut libc::FILE;
    pub(super) static stderr: *mut libc::FILE;
    /// From `shim/kprintf.c`.
    pub(super) fn kprintf(format: *const c_char, ...);
    /// From `shim/common_stats.c`.
    pub(super) fn sb_printf(sb: *mut StatsBuffer, format: *const c_char, ...);
}

pub(super) use crate::sys::c_text::c_text;

/// Borrows `len` bytes of the caller's. A length that is not positive gives an empty slice; a null pointer with a positive
/// length ends the process, as reading it would.
///
/// # Safety
/// `data` is null or *readable* for `len` bytes.
#[inline]
pub(super) unsafe fn bytes<'a>(data: *const c_void, len: impl TryInto<usize>) -> &'a [u8] {
    let len = len.try_into().ok().filter(|&len| len <= MAX_LEN).unwrap_or(0);
    if data.is_null() {
        return at_null(len);
    }
    // SAFETY: not null, of a possible size and readable, as checked and as the caller promises.
    unsafe { slice::from_raw_parts(data.cast(), len) }
}

/// As [`bytes`] if the pointer is not null and the length not negative, else `None`. The functions that take few
/// nanoseconds leave the rest to a cold function, so that a usual call pays for two comparisons and saves no register.
///
/// # Safety
/// `data` is null or *readable* for `len` bytes.
#[inline]
pub(super) unsafe fn usual_bytes<'a>(data: *const c_void, len: c_long) -> Option<&'a [u8]> {
    let len = usize::try_from(len).ok().filter(|_| !data.is_null())?;
    // SAFETY: not null and readable, as checked and as the caller promises.
    Some(unsafe { slice::from_raw_parts(data.cast(), len) })
}

/// The greatest length of an object.
const MAX_LEN: usize = isize::MAX as usize;

#[cold]
#[inline(never)]
fn at_null<'a>(len: usize) -> &'a [u8] {
    if len > 0 {
        die(c_text!("a null pointer with a length"));
    }
    &[]
}

/// Prints the cause of a failure, as C's function of the same name.
#[cfg(feature = "kdb")]
pub(super) fn perror(text: &CStr) {
    unsafe extern "C" {
        fn perror(text: *const c_char);
    }
    // SAFETY: a C string.
    unsafe { perror(text.as_ptr()) }
}

/// Ends the process, where the original fails an assertion and no sane result exists.
pub(super) fn die(message: &CStr) -> ! {
    // SAFETY: a C string.
    unsafe { mtproxy_kdb_die(message.as_ptr()) }
}

/// As `die`, for the C shim.
///
/// # Safety
/// `message` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_kdb_die(message: *const c_char) -> ! {
    // SAFETY: `stderr` is C's stream, and the format takes one C string. C's failed assertions print there too.
    unsafe {
        libc::fprintf(stderr, c_text!("mtproxy_kdb: %s\n").as_ptr(), message);
        // `abort` does not flush, and the host may have buffered the stream.
        libc::fflush(stderr);
        libc::abort()
    }
}

/// `kprintf`, if the host's `verbosity` is at least `$level`. The arguments have the C types that the format asks for.
macro_rules! vkprintf {
    ($level:expr, $format:expr $(, $argument:expr)* $(,)?) => {
        if $crate::kdb::verbosity.load(::core::sync::atomic::Ordering::Relaxed) >= $level {
            #[allow(unused_unsafe, reason = "the place may be in an unsafe block itself")]
            // SAFETY: a C string, and arguments of the types it asks for.
            let () = unsafe { $crate::kdb::support::kprintf($format.as_ptr() $(, $argument)*) };
        }
    };
}
pub(super) use vkprintf;
