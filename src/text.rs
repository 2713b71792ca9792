//! Short ASCII texts built in place: what C would `snprintf` into a local array.
//!
//! `core::fmt` could do it too, but drags formatting and panic machinery into a library that promises to hold
//! none.
#![forbid(unsafe_code)]

/// Up to `N` bytes of text. What does not fit is cut; every user's `N` holds its longest text.
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
        // Only ASCII is ever pushed.
        core::str::from_utf8(self.as_bytes()).unwrap_or("")
    }

    pub(crate) fn push(mut self, text: &str) -> Self {
        text.bytes().for_each(|byte| self.push_byte(byte));
        self
    }

    /// `value` in decimal, padded to `width` as C's `%0*d` (`pad` is `b'0'`) or `%*d` (`b' '`) does: zeros go
    /// between the sign and the digits, blanks before the sign, and the sign counts.
    pub(crate) fn push_int(mut self, value: i64, width: usize, pad: u8) -> Self {
        let mut digits = [0; 20];
        let mut count = 0;
        let mut magnitude = value.unsigned_abs();
        for place in digits.iter_mut().rev() {
            *place = b'0' + (magnitude % 10) as u8;
            magnitude /= 10;
            count += 1;
            if magnitude == 0 {
                break;
            }
        }
        let fill = width.saturating_sub(count + usize::from(value < 0));
        if value < 0 && pad == b'0' {
            self.push_byte(b'-');
        }
        (0..fill).for_each(|_| self.push_byte(pad));
        if value < 0 && pad != b'0' {
            self.push_byte(b'-');
        }
        digits.iter().skip(20 - count).for_each(|&digit| self.push_byte(digit));
        self
    }

    #[cfg(feature = "kdb")]
    pub(crate) fn push_bytes(mut self, bytes: &[u8]) -> Self {
        bytes.iter().for_each(|&byte| self.push_byte(byte));
        self
    }

    /// `value` as eight lower-case hexadecimal digits: C's `%08x`.
    pub(crate) fn push_hex(mut self, value: u32) -> Self {
        for shift in (0..8).rev() {
            self.push_byte(b"0123456789abcdef"[(value >> (4 * shift)) as usize & 15]);
        }
        self
    }

    fn push_byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64, width: usize, pad: u8) -> String {
        FixedText::<32>::new().push_int(value, width, pad).as_str().to_owned()
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
        assert_eq!(int(i64::MAX, 20, b'0'), "09223372036854775807");
    }

    #[test]
    fn text_beyond_the_capacity_is_cut() {
        assert_eq!(FixedText::<4>::new().push("abc").push_hex(0xdead_beef).as_str(), "abcd");
    }
}
