// SPDX-License-Identifier: LGPL-2.0-or-later
//! The text of a hosts file (`/etc/hosts`), as the legacy resolver reads it: IPv4 addresses and their names.
#![forbid(unsafe_code)]

/// A name of this many bytes or more is not taken.
pub const MAX_NAME: usize = 128;

/// A name and its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The IPv4 address, host byte order; never 0.
    pub ip: u32,
    /// Where the name starts in the text.
    pub start: usize,
    /// The bytes of the name: at least one, fewer than [`MAX_NAME`].
    pub len: usize,
}

/// The names of a text, in order, repeats included.
///
/// A line is four numbers with dots between them, a blank or tab, and names. A number is what C's `strtoul` takes: leading
/// white space (line ends too), a sign and zeros are fine; after cutting to 32 bits it must be at most 255. A name ends at a
/// blank, a tab or a line feed, so a carriage return and a `#` belong to it. Lines that start otherwise, and those of
/// 0.0.0.0, are skipped. A NUL ends the text.
///
/// ```
/// let text = b"127.0.0.1\tlocalhost me\n::1 six\n10.0.0.2 there";
/// let names: Vec<_> = mtproxy_ffi::hosts::entries(text)
///     .map(|entry| (entry.ip, &text[entry.start..entry.start + entry.len]))
///     .collect();
/// assert_eq!(names, [(0x7f00_0001, &b"localhost"[..]), (0x7f00_0001, b"me"), (0x0a00_0002, b"there")]);
/// ```
#[must_use]
pub fn entries(text: &[u8]) -> Entries<'_> {
    Entries { text, at: 0, ip: 0 }
}

/// See [`entries`].
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    text: &'a [u8],
    at: usize,
    /// The address of the line whose names are being read; 0 between lines.
    ip: u32,
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            if self.ip == 0 {
                if self.peek() == 0 {
                    return None;
                }
                match self.address() {
                    Some(ip) => self.ip = ip,
                    None => self.skip_line(),
                }
                continue;
            }
            let (start, len) = self.word();
            if len == 0 {
                self.ip = 0;
                self.skip_line();
            } else if len < MAX_NAME {
                return Some(Entry { ip: self.ip, start, len });
            }
        }
    }
}

impl Entries<'_> {
    /// The byte reached; 0 at the end.
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.at < self.text.len() && wanted(self.peek()) {
            self.at += 1;
        }
    }

    /// Goes behind the next line feed, or to the end.
    fn skip_line(&mut self) {
        self.skip_while(|byte| byte != b'\n' && byte != 0);
        if self.peek() != 0 {
            self.at += 1;
        }
    }

    /// The address at the start of a line. Where there is none, the place where the legacy parser gives up is reached:
    /// behind the byte that should have been a dot.
    fn address(&mut self) -> Option<u32> {
        self.skip_while(is_blank);
        let mut ip = 0u32;
        for place in 0..4 {
            let number = self.number().filter(|number| *number <= 255)?;
            ip = ip << 8 | number;
            if place < 3 {
                let separator = self.peek();
                self.at += 1;
                if separator != b'.' {
                    return None;
                }
            }
        }
        (is_blank(self.peek()) && ip != 0).then_some(ip)
    }

    /// A number as `strtoul` takes it, cut to 32 bits; `None`, and nothing is passed, where there is none. A number that is
    /// too large is not passed either.
    fn number(&mut self) -> Option<u32> {
        let before = self.at;
        self.skip_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r'));
        let negative = self.peek() == b'-';
        if matches!(self.peek(), b'+' | b'-') {
            self.at += 1;
        }
        let first = self.at;
        let (mut value, mut exceeds) = (0u64, false);
        while self.peek().is_ascii_digit() {
            let digit = u64::from(self.peek() - b'0');
            match value.checked_mul(10).and_then(|value| value.checked_add(digit)) {
                Some(larger) => value = larger,
                None => exceeds = true,
            }
            self.at += 1;
        }
        let number = match () {
            () if exceeds => u32::MAX,
            () if negative => value.wrapping_neg() as u32,
            () => value as u32,
        };
        if self.at == first || number > 255 {
            self.at = before;
            return None;
        }
        Some(number)
    }

    /// Where the next word of the line starts, and how long it is; 0 at the line's end.
    fn word(&mut self) -> (usize, usize) {
        self.skip_while(is_blank);
        let start = self.at;
        self.skip_while(|byte| !is_blank(byte) && byte != b'\n' && byte != 0);
        (start, self.at - start)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether a text can be a host's name: 1 to 63 letters, digits, dots, hyphens and underscores.
///
/// Legacy: what `detect_hostname` demands.
#[must_use]
pub fn is_host_name(text: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    matches!(text.len(), 1..=63) && text.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &[u8]) -> Vec<(u32, Vec<u8>)> {
        entries(text).map(|entry| (entry.ip, text[entry.start..entry.start + entry.len].to_vec())).collect()
    }

    fn one(ip: [u8; 4], name: &str) -> Vec<(u32, Vec<u8>)> {
        vec![(u32::from_be_bytes(ip), name.as_bytes().to_vec())]
    }

    #[test]
    fn numbers_are_what_strtoul_takes() {
        for text in
            ["10.0.0.1 x", "+10.0.0.1 x", "010.00.0.1 x", "10. 0.\t0.1\tx", "10.\n0.0.1 x", " 10.0.-0.1 x"]
        {
            assert_eq!(named(text.as_bytes()), one([10, 0, 0, 1], "x"), "{text:?}");
        }
        assert_eq!(named(b"-4294967286.0.0.1 x"), one([10, 0, 0, 1], "x"), "cut to 32 bits");
        for text in
            ["256.0.0.1 x", "-1.0.0.1 x", "18446744073709551616.0.0.1 x", "10.0.0 x", "10.0.0.1x y", "::1 x"]
        {
            assert_eq!(named(text.as_bytes()), [], "{text:?}");
        }
    }

    #[test]
    fn names_end_at_blank_tab_and_line_feed_only() {
        assert_eq!(named(b"1.2.3.4 a\r\n")[0].1, b"a\r");
        assert_eq!(named(b"1.2.3.4 a # b").len(), 3);
        assert_eq!(named(b"1.2.3.4 caf\xc3\xa9")[0].1, b"caf\xc3\xa9");
    }

    #[test]
    fn long_names_are_left_out_and_the_line_goes_on() {
        let text = format!("1.2.3.4 {} {} x", "a".repeat(128), "b".repeat(127));
        let lengths: Vec<_> = named(text.as_bytes()).iter().map(|(_, name)| name.len()).collect();
        assert_eq!(lengths, [127, 1]);
    }

    #[test]
    fn unspecified_address_is_skipped() {
        assert_eq!(named(b"0.0.0.0 x\n1.1.1.1 y"), one([1, 1, 1, 1], "y"));
    }

    /// The byte that is no dot is passed; where it is a line feed, the next line goes with it.
    #[test]
    fn number_alone_on_a_line_takes_the_next_line_with_it() {
        assert_eq!(named(b"10\n1.1.1.1 lost\n2.2.2.2 found"), one([2, 2, 2, 2], "found"));
    }

    #[test]
    fn text_may_end_anywhere() {
        let text = b" +10.0.0.1 name other\n2.2.2.2 x";
        for end in 0..=text.len() {
            let _ = entries(&text[..end]).count();
        }
        assert_eq!(named(b"1.1.1.1 x\0 y\n2.2.2.2 z"), one([1, 1, 1, 1], "x"));
    }

    #[test]
    fn host_names_are_short_and_plain() {
        assert!(is_host_name(b"node-1.example_x"));
        for bad in [&b""[..], b"a b", b"caf\xc3\xa9", &[b'a'; 64]] {
            assert!(!is_host_name(bad), "{}", bad.escape_ascii());
        }
    }
}
