//! Decimal integers.
#![forbid(unsafe_code)]

use nom::{
    IResult, Parser,
    bytes::complete::{take_while, take_while1},
    character::complete::char,
    combinator::opt,
};

use super::skip::after_blanks;

/// An integer and how many bytes it took, leading blanks not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int {
    /// The value, modulo 2^64.
    pub value: i64,
    /// How many bytes are its digits and sign; 0 where there is no integer.
    pub consumed: usize,
}

/// Reads decimal digits; 0 where there are none.
///
/// Legacy: `cfg_getint`.
///
/// ```
/// let port = mtproxy_ffi::config::int(b" 8888;");
/// assert_eq!((port.value, port.consumed), (8888, 4));
/// ```
#[must_use]
pub fn int(text: &[u8]) -> Int {
    let digits: IResult<_, &[u8]> = take_while(is_digit).parse(after_blanks(text));
    digits.map_or(Int { value: 0, consumed: 0 }, |(_, digits)| Int {
        value: value_of(digits, 1),
        consumed: digits.len(),
    })
}

/// Reads decimal digits; -1, and nothing consumed, where there are none.
///
/// Legacy: `cfg_getint_zero`.
#[must_use]
pub fn unsigned_int(text: &[u8]) -> Int {
    match int(text) {
        Int { consumed: 0, .. } => Int { value: -1, consumed: 0 },
        int => int,
    }
}

/// Reads an optional `-` and decimal digits; `i64::MIN`, and nothing consumed, where there are no digits.
///
/// Legacy: `cfg_getint_signed_zero`.
#[must_use]
pub fn signed_int(text: &[u8]) -> Int {
    let signed: IResult<_, (Option<char>, &[u8])> =
        (opt(char('-')), take_while1(is_digit)).parse(after_blanks(text));
    signed.map_or(Int { value: i64::MIN, consumed: 0 }, |(_, (sign, digits))| Int {
        value: value_of(digits, if sign.is_some() { -1 } else { 1 }),
        consumed: digits.len() + usize::from(sign.is_some()),
    })
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn value_of(digits: &[u8], sign: i64) -> i64 {
    digits.iter().fold(0i64, |value, &digit| {
        value.wrapping_mul(10).wrapping_add(sign * i64::from(digit.wrapping_sub(b'0')))
    })
}
