use mtproxy_ffi::config::{
    int, lexeme, signed_int, skip_blanks, skip_spaces, string_len, unsigned_int, word_len,
};
use proptest::prelude::*;

/// A cursor over a NUL-terminated text, moved byte by byte: the legacy rules, stated as plainly as possible.
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

/// Texts in which the scanner's special bytes are frequent.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => prop::sample::select(b" \t\r\n#;:{}[]\"-+.0123456789abZ_\0\x7f\x80\xff".to_vec()),
        1 => any::<u8>(),
    ];
    let piece = prop_oneof![
        4 => prop::collection::vec(byte, 0..12),
        1 => "[ \t]{0,70}".prop_map(String::into_bytes),
        1 => "[0-9]{1,40}".prop_map(String::into_bytes),
        1 => "#[a-z ]{0,80}\n".prop_map(String::into_bytes),
        1 => r"\[?[a-z0-9:.]{0,40}\]?".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn skipping_follows_the_legacy_rules(text in text(), line in prop_oneof![any::<i32>(), Just(i32::MAX)]) {
        for (ours, model) in [
            (skip_spaces(&text, line), Model::new(&text, line).skip_spaces()),
            (skip_blanks(&text, line), Model::new(&text, line).skip_blanks()),
        ] {
            prop_assert_eq!((ours.advance, ours.byte as i8, ours.line), (model.at, model.peek(), model.line));
        }
    }

    #[test]
    fn tokens_follow_the_legacy_rules(text in text()) {
        let mut word = Model::new(&text, 0).skip_blanks();
        let expected = if word.is(b"[") {
            word.at += 1;
            let inner = word.count(|byte| is_word(byte) || byte == b':' as i8);
            1 + inner + usize::from(word.is(b"]"))
        } else {
            word.count(is_word)
        };
        prop_assert_eq!(word_len(&text), expected);

        let mut string = Model::new(&text, 0).skip_blanks();
        let expected = if string.is(b"\"") { 1 } else { string.count(|byte| byte > b' ' as i8 && byte != b';' as i8) };
        prop_assert_eq!(string_len(&text), expected);
    }

    #[test]
    fn integers_follow_the_legacy_rules(text in text()) {
        let mut model = Model::new(&text, 0).skip_blanks();
        let start = model.at;
        let value = model.digits(1);
        let plain = int(&text);
        prop_assert_eq!((plain.value, plain.consumed), (value, model.at - start));
        let zero = unsigned_int(&text);
        prop_assert_eq!(zero.value, if model.at == start { -1 } else { value });

        let mut model = Model::new(&text, 0).skip_blanks();
        let start = model.at;
        let sign = if model.is(b"-") { -1 } else { 1 };
        model.at += usize::from(sign < 0);
        let first = model.at;
        let value = model.digits(sign);
        let signed = signed_int(&text);
        let expected = if model.at == first { (i64::MIN, 0) } else { (value, model.at - start) };
        prop_assert_eq!((signed.value, signed.consumed), expected);
    }

    #[test]
    fn tokenising_always_ends(text in text()) {
        let mut at = 0;
        for _ in 0..=text.len() {
            let rest = &text[at..];
            let (_, passed) = lexeme(rest, 0);
            let step = passed.advance + string_len(&rest[passed.advance..]);
            if step == 0 {
                return Ok(());
            }
            at += step;
        }
        prop_assert!(at <= text.len());
    }
}
