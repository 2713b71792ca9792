// SPDX-License-Identifier: LGPL-2.0-or-later
//! Short ASCII texts built in place, as with C's `snprintf` into a local array.
//!
//! `core::fmt` would add formatting and panic machinery, which the shipped library must not contain.
#![forbid(unsafe_code)]

use crate::digits::hex_digits;

/// Up to `N` bytes of text. A piece that does not fit is omitted; every user chooses `N` for its longest text.
#[derive(Clone, Copy)]
pub(crate) struct FixedText<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> FixedText<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&self.bytes)
    }

    pub(crate) fn as_str(&self) -> &str {
        // All pushed bytes are ASCII.
        core::str::from_utf8(self.as_bytes()).unwrap_or("")
    }

    #[inline]
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.push_bytes(text.as_bytes())
    }

    /// `value` in decimal: C's `%d`.
    #[inline]
    pub(crate) fn push_int(&mut self, value: i64) -> &mut Self {
        self.push_padded(value, 0, b' ')
    }

    /// `value` in decimal, padded to `width` as with C's `%0*d` (`pad` is `b'0'`) or `%*d` (`b' '`): zeros after the sign,
    /// blanks before it; the width includes the sign.
    #[inline]
    pub(crate) fn push_padded(&mut self, value: i64, width: usize, pad: u8) -> &mut Self {
        match value {
            // The common case in dates.
            0..=99 if width == 2 && pad == b'0' => self.push_digits::<2>(value as u32),
            1000..=9999 if width == 4 => self.push_digits::<4>(value as u32),
            0..=999_999 if width == 6 && pad == b'0' => self.push_digits::<6>(value as u32),
            _ => self.push_any(value, width, pad),
        }
    }

    #[inline]
    fn push_digits<const WIDTH: usize>(&mut self, value: u32) -> &mut Self {
        let mut digits = [0; WIDTH];
        let mut rest = value;
        for place in digits.iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.push_bytes(&digits)
    }

    fn push_any(&mut self, value: i64, width: usize, pad: u8) -> &mut Self {
        append_padded(&mut self.bytes, &mut self.len, value, width, pad);
        self
    }

    /// `value` as eight lower-case hexadecimal digits: C's `%08x`.
    pub(crate) fn push_hex(&mut self, value: u32) -> &mut Self {
        let mut digits = [0; 8];
        for (place, byte) in digits.chunks_exact_mut(2).zip(value.to_be_bytes()) {
            place.copy_from_slice(&hex_digits(byte));
        }
        self.push_bytes(&digits)
    }

    #[inline]
    pub(crate) fn push_bytes(&mut self, text: &[u8]) -> &mut Self {
        append(&mut self.bytes, &mut self.len, text);
        self
    }
}

/// Adds `text` behind the first `len` bytes, if it fits. Once for all lengths: texts are built in many places, none of which
/// is hot.
#[inline(never)]
fn append(bytes: &mut [u8], len: &mut usize, text: &[u8]) {
    if let Some(places) = bytes.get_mut(*len..).and_then(|free| free.get_mut(..text.len())) {
        places.copy_from_slice(text);
        *len += text.len();
    }
}

/// Adds a number, as [`FixedText::push_padded`] has it.
#[inline(never)]
fn append_padded(bytes: &mut [u8], len: &mut usize, value: i64, width: usize, pad: u8) {
    let (digits, sign) = (Digits::of(value.unsigned_abs()), if value < 0 { "-" } else { "" });
    let digits = digits.as_bytes();
    let fill = width.saturating_sub(digits.len() + sign.len());
    if pad == b'0' {
        append(bytes, len, sign.as_bytes());
    }
    for _ in 0..fill {
        append(bytes, len, &[pad]);
    }
    if pad != b'0' {
        append(bytes, len, sign.as_bytes());
    }
    append(bytes, len, digits);
}

/// The decimal digits of a number, at the end of the array.
struct Digits {
    places: [u8; 20],
    first: usize,
}

impl Digits {
    #[inline]
    fn of(value: u64) -> Self {
        let mut digits = Self { places: [0; 20], first: 20 };
        let mut rest = value;
        for place in digits.places.iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            digits.first -= 1;
            if rest == 0 {
                break;
            }
        }
        digits
    }

    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self.places.get(self.first..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64, width: usize, pad: u8) -> String {
        FixedText::<32>::new().push_padded(value, width, pad).as_str().to_owned()
    }

    #[test]
    fn integers_are_padded_as_printf_pads_them() {
        assert_eq!(int(7, 2, b'0'), "07");
        assert_eq!(int(-7, 2, b'0'), "-7");
        assert_eq!(int(-789, 6, b'0'), "-00789");
        assert_eq!(int(-5, 4, b' '), "  -5");
        assert_eq!(int(12345, 4, b' '), "12345");
        assert_eq!(int(0, 0, b' '), "0");
        assert_eq!(int(i64::MIN, 0, b' '), "-9223372036854775808");
        assert_eq!(FixedText::<32>::new().push_int(-42).as_str(), "-42");
        assert_eq!(int(i64::MAX, 20, b'0'), "09223372036854775807");
    }

    #[test]
    fn pieces_beyond_the_capacity_are_left_out() {
        assert_eq!(FixedText::<4>::new().push("abc").push("de").push_int(7).push("f").as_str(), "abc7");
    }
}
