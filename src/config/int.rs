// SPDX-License-Identifier: LGPL-2.0-or-later
//! Decimal integers.
#![forbid(unsafe_code)]

use super::skip::after_blanks;
use crate::digits::leading_digits;

/// An integer and its length in bytes, leading blanks not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int {
    /// The value, modulo 2^64.
    pub value: i64,
    /// The number of bytes of its digits and sign; 0 if there is no integer.
    pub consumed: usize,
}

/// Reads decimal digits; the value is 0 if there are none.
///
/// Legacy: `cfg_getint`.
///
/// ```
/// let port = mtproxy_ffi::config::int(b" 8888;");
/// assert_eq!((port.value, port.consumed), (8888, 4));
/// ```
#[must_use]
pub fn int(text: &[u8]) -> Int {
    let (value, consumed) = leading_digits(after_blanks(text));
    Int { value: value as i64, consumed }
}

/// Reads decimal digits; the value is -1, and no byte is consumed, if there are none.
///
/// Legacy: `cfg_getint_zero`.
#[must_use]
pub fn unsigned_int(text: &[u8]) -> Int {
    match int(text) {
        Int { consumed: 0, .. } => Int { value: -1, consumed: 0 },
        int => int,
    }
}

/// Reads an optional `-` and decimal digits; the value is `i64::MIN`, and no byte is consumed, if there are no digits.
///
/// Legacy: `cfg_getint_signed_zero`.
#[must_use]
pub fn signed_int(text: &[u8]) -> Int {
    let text = after_blanks(text);
    let (digits, negative) = text.strip_prefix(b"-").map_or((text, false), |digits| (digits, true));
    match leading_digits(digits) {
        (_, 0) => Int { value: i64::MIN, consumed: 0 },
        (value, count) if negative => Int { value: (value as i64).wrapping_neg(), consumed: count + 1 },
        (value, count) => Int { value: value as i64, consumed: count },
    }
}
