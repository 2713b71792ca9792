// SPDX-License-Identifier: LGPL-2.0-or-later
//! A plain model of the legacy scanner.

/// A cursor over a NUL-terminated text, which moves byte by byte by the legacy rules.
struct Model<'a> {
    text: &'a [u8],
    at: usize,
    line: i32,
}

impl<'a> Model<'a> {
    fn new(text: &'a [u8], line: i32) -> Self {
        Self { text, at: 0, line }
    }

    /// The byte at the cursor, signed; 0 from the end on.
    fn peek(&self) -> i8 {
        self.text.get(self.at).map_or(0, |&byte| byte as i8)
    }

    fn is(&self, set: &[u8]) -> bool {
        self.peek() != 0 && set.contains(&(self.peek() as u8))
    }

    fn skip_blanks(mut self) -> Self {
        while self.is(b" \t") {
            self.at += 1;
        }
        self
    }

    fn skip_spaces(mut self) -> Self {
        while self.is(b" \t\r\n#") {
            if self.is(b"#") {
                while self.peek() != 0 && !self.is(b"\n") {
                    self.at += 1;
                }
            } else {
                self.line = self.line.wrapping_add(i32::from(self.is(b"\n")));
                self.at += 1;
            }
        }
        self
    }

    fn count(&mut self, mut wanted: impl FnMut(i8) -> bool) -> usize {
        let start = self.at;
        while self.peek() != 0 && wanted(self.peek()) {
            self.at += 1;
        }
        self.at - start
    }

    fn digits(&mut self, sign: i64) -> i64 {
        let mut value = 0i64;
        while self.is(b"0123456789") {
            value = value.wrapping_mul(10).wrapping_add(sign * i64::from(self.peek() - b'0' as i8));
            self.at += 1;
        }
        value
    }
}

fn is_word(byte: i8) -> bool {
    (byte as u8).is_ascii_alphanumeric() || b".-_".contains(&(byte as u8))
}

/// The position after blanks, newlines and comments: distance, byte, line.
pub(crate) fn skip_spaces(text: &[u8], line: i32) -> (usize, u8, i32) {
    let model = Model::new(text, line).skip_spaces();
    (model.at, model.peek() as u8, model.line)
}

/// The position after blanks and tabs.
pub(crate) fn skip_blanks(text: &[u8], line: i32) -> (usize, u8, i32) {
    let model = Model::new(text, line).skip_blanks();
    (model.at, model.peek() as u8, model.line)
}

pub(crate) fn word_len(text: &[u8]) -> usize {
    let mut word = Model::new(text, 0).skip_blanks();
    if word.is(b"[") {
        word.at += 1;
        let inner = word.count(|byte| is_word(byte) || byte == b':' as i8);
        1 + inner + usize::from(word.is(b"]"))
    } else {
        word.count(is_word)
    }
}

pub(crate) fn string_len(text: &[u8]) -> usize {
    let mut string = Model::new(text, 0).skip_blanks();
    if string.is(b"\"") { 1 } else { string.count(|byte| byte > b' ' as i8 && byte != b';' as i8) }
}

/// Value and length; `none` for a text without digits.
pub(crate) fn int(text: &[u8], none: i64) -> (i64, usize) {
    let mut model = Model::new(text, 0).skip_blanks();
    let start = model.at;
    let value = model.digits(1);
    (if model.at == start { none } else { value }, model.at - start)
}

pub(crate) fn signed_int(text: &[u8]) -> (i64, usize) {
    let mut model = Model::new(text, 0).skip_blanks();
    let start = model.at;
    let sign = if model.is(b"-") { -1 } else { 1 };
    model.at += usize::from(sign < 0);
    let first = model.at;
    let value = model.digits(sign);
    if model.at == first { (i64::MIN, 0) } else { (value, model.at - start) }
}
