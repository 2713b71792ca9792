// SPDX-License-Identifier: LGPL-2.0-or-later
//! Config scanning. A NUL byte within the length ends the text, as for the legacy scanner.

use core::ffi::c_char;

use super::boundary::{Failure, Output, input, status};
use crate::config::{self, Int, Skipped};

/// The position after skipping.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CfgScanResult {
    /// The number of bytes skipped.
    pub advance: usize,
    /// The line counter: the argument `line_no` plus 1 for each newline skipped, wrapping.
    pub line_no: i32,
    /// The byte at the new position, 0 to 255; 0 at the end of the text.
    pub ch: i32,
}

/// An integer and its length.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CfgIntResult {
    /// The value, modulo 2^64.
    pub value: i64,
    /// The number of bytes of its digits and sign; leading blanks are not counted.
    pub consumed: usize,
}

/// # Safety
/// `cur` is *readable* for `len` bytes and `out` is *writable*.
unsafe fn scan<R, O: Copy + From<R>>(
    cur: *const c_char,
    len: usize,
    out: *mut O,
    scanner: impl Fn(&[u8]) -> R,
) -> i32 {
    let run = || {
        // SAFETY: `out` is writable.
        let out = unsafe { Output::new(out) }?;
        // SAFETY: `cur` is readable for `len` bytes; nothing is written before the slice's last use.
        out.write(scanner(unsafe { input(cur.cast(), len) }?).into());
        Ok(())
    };
    status(run())
}

/// # Safety
/// `cur` is *readable* for `len` bytes.
unsafe fn measure(cur: *const c_char, len: usize, measure: fn(&[u8]) -> usize) -> i32 {
    // SAFETY: `cur` is readable for `len` bytes.
    let text = unsafe { input(cur.cast(), len) };
    text.and_then(|text| i32::try_from(measure(text)).map_err(|_| Failure::Invalid))
        .unwrap_or_else(Failure::code)
}

impl From<Skipped> for CfgScanResult {
    fn from(skipped: Skipped) -> Self {
        Self { advance: skipped.advance, line_no: skipped.line, ch: skipped.byte.map_or(0, i32::from) }
    }
}

impl From<Int> for CfgIntResult {
    fn from(int: Int) -> Self {
        Self { value: int.value, consumed: int.consumed }
    }
}

/// Skips blanks, tabs, carriage returns, newlines and `#` comments.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
/// if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_skipspc`.
///
/// # Safety
/// `cur` points to `len` readable bytes and `out` to a writable object; they may overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_skipspc(
    cur: *const c_char,
    len: usize,
    line_no: i32,
    out: *mut CfgScanResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { scan(cur, len, out, |text| config::skip_spaces(text, line_no)) }
}

/// Skips blanks and tabs only, so the line counter does not change.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
/// if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_skspc`.
///
/// # Safety
/// `cur` points to `len` readable bytes and `out` to a writable object; they may overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_skspc(
    cur: *const c_char,
    len: usize,
    line_no: i32,
    out: *mut CfgScanResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { scan(cur, len, out, |text| config::skip_blanks(text, line_no)) }
}

/// Measures the word at the cursor, after blanks and tabs. A word consists of letters, digits, `.`, `-` and
/// `_`; one that starts with `[` may hold `:` and ends with `]` (an IPv6 address).
///
/// Returns the length without the leading blanks, 0 if there is none; `MTPROXY_FFI_EINVAL` if `cur` is NULL
/// and `len` is not 0, if `len` is above `PTRDIFF_MAX`, or if the word is longer than `INT32_MAX`. Matches
/// the legacy `cfg_getword`. To find the word, call `mtproxy_ffi_cfg_skspc` first, and add its `advance` to
/// `cur`: the word starts there.
///
/// # Safety
/// `cur` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getword_len(cur: *const c_char, len: usize) -> i32 {
    // SAFETY: the same promise.
    unsafe { measure(cur, len, config::word_len) }
}

/// Measures the string at the cursor, after blanks and tabs. It ends before a blank, a control byte, a byte
/// from 0x80 on or `;`. After a leading `"` the length is 1, whatever follows.
///
/// Returns the length without the leading blanks, 0 if there is none; `MTPROXY_FFI_EINVAL` if `cur` is NULL
/// and `len` is not 0, if `len` is above `PTRDIFF_MAX`, or if the string is longer than `INT32_MAX`. Matches
/// the legacy `cfg_getstr`. To find the string, call `mtproxy_ffi_cfg_skspc` first, as for a word.
///
/// # Safety
/// `cur` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getstr_len(cur: *const c_char, len: usize) -> i32 {
    // SAFETY: the same promise.
    unsafe { measure(cur, len, config::string_len) }
}

/// Reads decimal digits at the cursor, after blanks and tabs. If there are none, `value` is 0 and `consumed`
/// is 0.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
/// if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_getint`.
///
/// # Safety
/// `cur` points to `len` readable bytes and `out` to a writable object; they may overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getint(
    cur: *const c_char,
    len: usize,
    out: *mut CfgIntResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { scan(cur, len, out, config::int) }
}

/// Reads decimal digits at the cursor, after blanks and tabs. If there are none, `value` is -1 and `consumed`
/// is 0.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
/// if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_getint_zero`.
///
/// # Safety
/// `cur` points to `len` readable bytes and `out` to a writable object; they may overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getint_zero(
    cur: *const c_char,
    len: usize,
    out: *mut CfgIntResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { scan(cur, len, out, config::unsigned_int) }
}

/// Reads an optional `-` and decimal digits at the cursor, after blanks and tabs. If there are no digits,
/// `value` is `INT64_MIN` and `consumed` is 0.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL, if `cur` is NULL and `len` is not 0, or
/// if `len` is above `PTRDIFF_MAX`. Matches the legacy `cfg_getint_signed_zero`.
///
/// # Safety
/// `cur` points to `len` readable bytes and `out` to a writable object; they may overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getint_signed_zero(
    cur: *const c_char,
    len: usize,
    out: *mut CfgIntResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { scan(cur, len, out, config::signed_int) }
}
