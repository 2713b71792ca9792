// SPDX-License-Identifier: LGPL-2.0-or-later
//! Log prefix.

use core::ffi::c_char;

use super::boundary::Failure;
use crate::log_prefix::{Moment, format_log_prefix};

/// Writes the start of a log line, `[pid][YYYY-MM-DD HH:MM:SS.UUUUUU local] `, and a NUL: the output of
/// `snprintf` with the format `"[%d][%4d-%02d-%02d %02d:%02d:%02d.%06d local] "`, for any numbers.
///
/// Returns the length of the text without its NUL; `MTPROXY_FFI_EINVAL` if `out` is NULL;
/// `MTPROXY_FFI_ENOSPC` if the text and its NUL need more than `out_len` bytes (128 are always enough).
/// Matches the prefix of the legacy `kprintf`.
///
/// # Safety
/// `out` points to `out_len` writable bytes.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "the numbers of a date, one by one in C")]
pub unsafe extern "C" fn mtproxy_ffi_format_log_prefix(
    pid: i32,
    year: i32,
    mon: i32,
    mday: i32,
    hour: i32,
    min: i32,
    sec: i32,
    usec: i32,
    out: *mut c_char,
    out_len: usize,
) -> i32 {
    if out.is_null() {
        return Failure::Invalid.code();
    }
    let at = Moment { year, month: mon, day: mday, hour, minute: min, second: sec, microsecond: usec };
    let prefix = format_log_prefix(pid, at);
    let text = prefix.as_bytes();
    if out_len <= text.len() {
        return Failure::NoSpace.code();
    }
    // SAFETY: `out` is writable for more bytes than the text has, as just checked; the text is the library's own.
    unsafe {
        out.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
        out.add(text.len()).write(0);
    }
    text.len() as i32
}
