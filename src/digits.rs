// SPDX-License-Identifier: LGPL-2.0-or-later
//! Digits: the hexadecimal digits of a byte, and parsing of decimal digits, eight at a time as long as eight remain.
#![forbid(unsafe_code)]

/// The two lower-case hexadecimal digits of a byte.
#[inline]
pub(crate) fn hex_digits(byte: u8) -> [u8; 2] {
    // Calculated, because the compiler can vectorise that.
    [byte >> 4, byte & 15].map(|digit| digit + if digit < 10 { b'0' } else { b'a' - 10 })
}

/// The value modulo 2^64 of the digits at the start of `text`, and their number.
#[inline]
pub(crate) fn leading_digits(text: &[u8]) -> (u64, usize) {
    let mut value = 0u64;
    let mut rest = text;
    while let Some((&octet, tail)) = rest.split_first_chunk() {
        let Some(octet) = eight_digits(u64::from_le_bytes(octet)) else { break };
        value = value.wrapping_mul(100_000_000).wrapping_add(octet);
        rest = tail;
    }
    while let Some((&byte, tail)) = rest.split_first() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.wrapping_mul(10).wrapping_add(digit.into());
        rest = tail;
    }
    (value, text.len() - rest.len())
}

/// The value of eight digits, the first in the lowest byte; `None` if one is not a digit.
#[inline]
fn eight_digits(text: u64) -> Option<u64> {
    let every = |byte: u8| u64::from_le_bytes([byte; 8]);
    // Sets a byte's top bit if the byte is below '0' or above '9'. Borrows and carries start only at such bytes.
    let digits = text.wrapping_sub(every(b'0'));
    if (digits | text.wrapping_add(every(0x7f - b'9'))) & every(0x80) != 0 {
        return None;
    }
    // Joins neighbours: digits to pairs, and pairs, each with its weight, to the sum in the upper half.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first = (pairs & 0xff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let second = (pairs >> 16 & 0xff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    Some(first.wrapping_add(second) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_up_to_the_first_other_byte() {
        for (text, expected) in [
            (&b""[..], (0, 0)),
            (b"x1", (0, 0)),
            (b"7", (7, 1)),
            (b"1234567;", (1_234_567, 7)),
            (b"12345678", (12_345_678, 8)),
            (b"123456789 1", (123_456_789, 9)),
            (b"00000000000000000042", (42, 20)),
            (b"1234567890123456789/", (1_234_567_890_123_456_789, 19)),
            (b"18446744073709551617", (1, 20)),
        ] {
            assert_eq!(leading_digits(text), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn every_other_byte_ends_the_digits_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut text = *b"98765432";
                text[place] = byte;
                let count = if byte.is_ascii_digit() { 8 } else { place };
                assert_eq!(leading_digits(&text).1, count, "byte {byte} at {place}");
            }
        }
    }
}
