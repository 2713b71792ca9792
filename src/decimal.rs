// SPDX-License-Identifier: LGPL-2.0-or-later
//! Decimal numbers as C's `strtol` family and `scanf` read them.
#![forbid(unsafe_code)]

use crate::digits::leading_digits;

/// White space of the C locale.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// `text` after its leading white space.
#[inline]
pub(crate) fn after_space(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        if !is_space(byte) {
            break;
        }
        rest = tail;
    }
    rest
}

/// A decimal number of any length.
#[derive(Clone, Copy)]
pub(crate) struct Decimal {
    /// Its value without the sign; `u64::MAX` if it exceeds 64 bits.
    magnitude: u64,
    exceeds: bool,
    negative: bool,
}

impl Decimal {
    /// Reads white space, an optional sign and at least one digit from `text`, and returns the rest with the number.
    #[inline]
    pub(crate) fn parse(text: &[u8]) -> Option<(&[u8], Self)> {
        let (digits, negative) = match text {
            // The common case: the kernel writes one blank and no sign.
            [b' ', digits @ ..] if digits.first().is_some_and(u8::is_ascii_digit) => (digits, false),
            _ => match after_space(text) {
                [b'-', digits @ ..] => (digits, true),
                [b'+', digits @ ..] => (digits, false),
                digits => (digits, false),
            },
        };
        let (value, count) = leading_digits(digits);
        let (digits, rest) = digits.split_at_checked(count)?;
        let magnitude = match count {
            0 => return None,
            // Nineteen digits always fit.
            1..=19 => Some(value),
            _ => magnitude(digits),
        };
        Some((
            rest,
            Self { magnitude: magnitude.unwrap_or(u64::MAX), exceeds: magnitude.is_none(), negative },
        ))
    }

    /// The result of `strtoll`, or `None` if it overflows.
    #[inline]
    pub(crate) fn to_i64(self) -> Option<i64> {
        match self {
            Self { exceeds: true, .. } => None,
            Self { negative: true, .. } => 0i64.checked_sub_unsigned(self.magnitude),
            _ => i64::try_from(self.magnitude).ok(),
        }
    }

    /// The result of `strtoll`: saturated.
    #[inline]
    pub(crate) fn to_i64_saturating(self) -> i64 {
        self.to_i64().unwrap_or(if self.negative { i64::MIN } else { i64::MAX })
    }

    /// The result of `%d`: read as a 64-bit `long`, then cut to 32 bits.
    #[inline]
    pub(crate) fn to_i32_cut(self) -> i32 {
        self.to_i64_saturating() as i32
    }

    /// The result of `strtoull`: saturated, and a minus sign negates modulo 2^64.
    #[inline]
    pub(crate) fn to_u64(self) -> u64 {
        if self.negative && !self.exceeds { self.magnitude.wrapping_neg() } else { self.magnitude }
    }

    /// The value, if every kind of field converts the number to the same value.
    #[inline]
    pub(crate) fn as_small(self) -> Option<u64> {
        (!self.negative && self.magnitude <= i32::MAX as u64).then_some(self.magnitude)
    }
}

/// The value of many digits; `None` if it exceeds 64 bits.
#[cold]
fn magnitude(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, &digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
    })
}
