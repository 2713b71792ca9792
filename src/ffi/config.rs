//! Config scanning. A NUL byte inside the length ends the text, as it does for the legacy scanner.

use core::ffi::c_char;

use super::boundary::{Failure, Output, input, status};
use crate::config::{self, Int, Skipped};

/// Where skipping came to rest.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CfgScanResult {
    /// How many bytes were passed.
    pub advance: usize,
    /// The line counter: `line_no` and one for every newline passed, wrapping.
    pub line_no: i32,
    /// The byte reached, 0 to 255; 0 at the end of the text.
    pub ch: i32,
}

/// An integer that was read.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CfgIntResult {
    /// The value, modulo 2^64.
    pub value: i64,
    /// How many bytes are its digits and sign; leading blanks are not counted.
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
        Self { advance: skipped.advance, line_no: skipped.line, ch: skipped.byte.into() }
    }
}

impl From<Int> for CfgIntResult {
    fn from(int: Int) -> Self {
        Self { value: int.value, consumed: int.consumed }
    }
}

/// Skips blanks, tabs, carriage returns, newlines and `#` comments.
///
/// Returns 0 and fills `*out`, or `MTPROXY_FFI_EINVAL` where `out` is null, or `cur` is null with a length other
/// than 0 or longer than `PTRDIFF_MAX`. Matches the legacy `cfg_skipspc`.
///
/// # Safety
/// `cur` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
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

/// Skips blanks and tabs only; the line counter stays as it is.
///
/// Returns 0 and fills `*out`, or `MTPROXY_FFI_EINVAL` where `out` is null, or `cur` is null with a length other
/// than 0 or longer than `PTRDIFF_MAX`. Matches the legacy `cfg_skspc`.
///
/// # Safety
/// `cur` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
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

/// Measures the word at the cursor, after blanks and tabs: letters, digits, `.`, `-`, `_`; one that starts with `[`
/// may hold `:` and ends with `]` (an IPv6 address).
///
/// Returns its length, leading blanks not counted, 0 where there is none; `MTPROXY_FFI_EINVAL` where `cur` is null
/// with a length other than 0 or longer than `PTRDIFF_MAX`, or where the word is longer than `INT32_MAX`.
/// Matches the legacy `cfg_getword`.
///
/// # Safety
/// `cur` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getword_len(cur: *const c_char, len: usize) -> i32 {
    // SAFETY: the same promise.
    unsafe { measure(cur, len, config::word_len) }
}

/// Measures the string at the cursor, after blanks and tabs: up to a blank, a control byte, a byte from 0x80 on or
/// `;`. A leading `"` gives 1, whatever follows.
///
/// Returns its length, leading blanks not counted, 0 where there is none; `MTPROXY_FFI_EINVAL` where `cur` is null
/// with a length other than 0 or longer than `PTRDIFF_MAX`, or where the string is longer than `INT32_MAX`.
/// Matches the legacy `cfg_getstr`.
///
/// # Safety
/// `cur` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getstr_len(cur: *const c_char, len: usize) -> i32 {
    // SAFETY: the same promise.
    unsafe { measure(cur, len, config::string_len) }
}

/// Reads decimal digits at the cursor, after blanks and tabs; where there are none, value 0 and consumed 0.
///
/// Returns 0 and fills `*out`, or `MTPROXY_FFI_EINVAL` where `out` is null, or `cur` is null with a length other
/// than 0 or longer than `PTRDIFF_MAX`. Matches the legacy `cfg_getint`.
///
/// # Safety
/// `cur` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getint(
    cur: *const c_char,
    len: usize,
    out: *mut CfgIntResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { scan(cur, len, out, config::int) }
}

/// Reads decimal digits at the cursor, after blanks and tabs; where there are none, value -1 and consumed 0.
///
/// Returns 0 and fills `*out`, or `MTPROXY_FFI_EINVAL` where `out` is null, or `cur` is null with a length other
/// than 0 or longer than `PTRDIFF_MAX`. Matches the legacy `cfg_getint_zero`.
///
/// # Safety
/// `cur` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getint_zero(
    cur: *const c_char,
    len: usize,
    out: *mut CfgIntResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { scan(cur, len, out, config::unsigned_int) }
}

/// Reads an optional `-` and decimal digits at the cursor, after blanks and tabs; where there are no digits, value
/// `INT64_MIN` and consumed 0.
///
/// Returns 0 and fills `*out`, or `MTPROXY_FFI_EINVAL` where `out` is null, or `cur` is null with a length other
/// than 0 or longer than `PTRDIFF_MAX`. Matches the legacy `cfg_getint_signed_zero`.
///
/// # Safety
/// `cur` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cfg_getint_signed_zero(
    cur: *const c_char,
    len: usize,
    out: *mut CfgIntResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { scan(cur, len, out, config::signed_int) }
}
