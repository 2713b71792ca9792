//! Decimal numbers as C's `strtol` family and `scanf` read them.
#![forbid(unsafe_code)]

use crate::digits::leading_digits;

/// White space of the C locale.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// `text` after its leading white space.
#[inline]
pub(super) fn after_space(text: &[u8]) -> &[u8] {
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
pub(super) struct Decimal {
    negative: bool,
    /// `None` where it exceeds 64 bits.
    magnitude: Option<u64>,
}

impl Decimal {
    /// Takes white space, an optional sign and at least one digit off `text`, and returns what follows them.
    #[inline]
    pub(super) fn parse(text: &[u8]) -> Option<(&[u8], Self)> {
        let text = after_space(text);
        let (digits, negative) = match text {
            [b'-', digits @ ..] => (digits, true),
            [b'+', digits @ ..] => (digits, false),
            _ => (text, false),
        };
        let (value, count) = leading_digits(digits);
        let (digits, rest) = digits.split_at_checked(count)?;
        // Nineteen digits always fit.
        let magnitude = match count {
            0 => return None,
            1..=19 => Some(value),
            _ => magnitude(digits),
        };
        Some((rest, Self { negative, magnitude }))
    }

    /// As `strtoll` gives it where it does not overflow.
    pub(super) fn to_i64(self) -> Option<i64> {
        let magnitude = self.magnitude?;
        if self.negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }

    /// As `strtoll` gives it: saturated.
    pub(super) fn to_i64_saturating(self) -> i64 {
        self.to_i64().unwrap_or(if self.negative { i64::MIN } else { i64::MAX })
    }

    /// As `%d` stores it: read as a 64-bit `long`, then cut to 32 bits.
    pub(super) fn to_i32_cut(self) -> i32 {
        self.to_i64_saturating() as i32
    }

    /// As `strtoull` gives it: saturated, and a minus sign negates modulo 2^64.
    pub(super) fn to_u64(self) -> u64 {
        match self.magnitude {
            Some(magnitude) if self.negative => magnitude.wrapping_neg(),
            Some(magnitude) => magnitude,
            None => u64::MAX,
        }
    }
}

/// The value of many digits; `None` where it exceeds 64 bits.
#[cold]
fn magnitude(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, &digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
    })
}
