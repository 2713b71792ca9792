// SPDX-License-Identifier: LGPL-2.0-or-later
//! A cursor over a configuration.
#![forbid(unsafe_code)]

use super::{
    int::{Int, signed_int, unsigned_int},
    lexeme::{Lexeme, lexeme},
    skip::{skip_blanks, skip_spaces},
    token::{string_len, word_len},
};

/// A cursor over a configuration: each method skips what the legacy function of the same name skips, and consumes what it
/// returns.
///
/// ```
/// use mtproxy_ffi::config::{Lexeme, Scanner};
///
/// let mut scanner = Scanner::new(b"# Telegram's\ndefault 2;\nproxy_for -3 149.154.165.109:8888;\n");
/// scanner.skip_spaces();
/// assert_eq!((scanner.word(), scanner.signed_int(), scanner.lexeme()), (&b"default"[..], Some(2), Lexeme::Mark(b';')));
/// scanner.skip_spaces();
/// assert_eq!((scanner.word(), scanner.signed_int()), (&b"proxy_for"[..], Some(-3)));
/// assert_eq!((scanner.word(), scanner.lexeme()), (&b"149.154.165.109"[..], Lexeme::Mark(b':')));
/// assert_eq!((scanner.int(), scanner.lexeme(), scanner.lexeme()), (Some(8888), Lexeme::Mark(b';'), Lexeme::End));
/// assert_eq!(scanner.line(), 4);
/// ```
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    rest: &'a [u8],
    line: i32,
}

impl<'a> Scanner<'a> {
    /// A cursor at the start of a text, in line 1.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self { rest: text, line: 1 }
    }

    /// The text from the cursor on.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The number of the line that the cursor is in. Only [`Self::skip_spaces`] and [`Self::lexeme`] pass a line's end.
    #[must_use]
    pub fn line(&self) -> i32 {
        self.line
    }

    /// Consumes bytes, and returns them.
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn skip_blanks(&mut self) {
        self.take(skip_blanks(self.rest, self.line).advance);
    }

    /// Skips blanks, line ends and comments. Returns the next byte; `None` at the end of the text.
    ///
    /// Legacy: `cfg_skipspc`.
    pub fn skip_spaces(&mut self) -> Option<u8> {
        let skipped = skip_spaces(self.rest, self.line);
        self.line = skipped.line;
        self.take(skipped.advance);
        skipped.byte
    }

    /// Skips blanks, line ends and comments, and consumes the mark that follows, if one does.
    ///
    /// Legacy: `cfg_getlex`.
    pub fn lexeme(&mut self) -> Lexeme {
        let (lexeme, skipped) = lexeme(self.rest, self.line);
        self.line = skipped.line;
        self.take(skipped.advance);
        lexeme
    }

    /// Skips blanks, and consumes a word, which may be empty.
    ///
    /// Legacy: `cfg_getword`, which does not consume it.
    pub fn word(&mut self) -> &'a [u8] {
        self.skip_blanks();
        self.take(word_len(self.rest))
    }

    /// Skips blanks, and consumes a string, which may be empty.
    ///
    /// Legacy: `cfg_getstr`, which does not consume it.
    pub fn string(&mut self) -> &'a [u8] {
        self.skip_blanks();
        self.take(string_len(self.rest))
    }

    /// Skips blanks, and consumes digits. Returns their value modulo 2^64; `None` if there are none.
    ///
    /// Legacy: `cfg_getint_zero`, which returns -1 for none.
    pub fn int(&mut self) -> Option<i64> {
        self.consume(unsigned_int)
    }

    /// Skips blanks, and consumes an optional `-` and digits. Returns their value modulo 2^64; `None` if there are no digits,
    /// and then the `-` stays.
    ///
    /// Legacy: `cfg_getint_signed_zero`, which returns `LLONG_MIN` for none.
    pub fn signed_int(&mut self) -> Option<i64> {
        self.consume(signed_int)
    }

    fn consume(&mut self, read: fn(&[u8]) -> Int) -> Option<i64> {
        self.skip_blanks();
        let Int { value, consumed } = read(self.rest);
        self.take(consumed);
        (consumed > 0).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_consumed_where_nothing_is_found() {
        let mut scanner = Scanner::new(b"  - x");
        assert_eq!(scanner.int(), None);
        assert_eq!(scanner.rest(), b"- x");
        assert_eq!(scanner.signed_int(), None);
        assert_eq!(scanner.rest(), b"- x");
        assert_eq!(scanner.lexeme(), Lexeme::Other);
        assert_eq!((scanner.word(), scanner.rest()), (&b"-"[..], &b" x"[..]));
    }

    #[test]
    fn text_ends_at_its_nul() {
        let mut scanner = Scanner::new(b"a\0b");
        assert_eq!(scanner.string(), b"a");
        assert_eq!(
            (scanner.skip_spaces(), scanner.lexeme(), scanner.rest()),
            (None, Lexeme::End, &b"\0b"[..])
        );
    }
}
