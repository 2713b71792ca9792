// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::config::{
    int, lexeme, signed_int, skip_blanks, skip_spaces, string_len, unsigned_int, word_len,
};
use proptest::prelude::*;

use crate::scanner;

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
            (skip_spaces(&text, line), scanner::skip_spaces(&text, line)),
            (skip_blanks(&text, line), scanner::skip_blanks(&text, line)),
        ] {
            prop_assert_eq!((ours.advance, ours.byte.unwrap_or(0), ours.line), model);
        }
    }

    #[test]
    fn tokens_follow_the_legacy_rules(text in text()) {
        prop_assert_eq!(word_len(&text), scanner::word_len(&text));
        prop_assert_eq!(string_len(&text), scanner::string_len(&text));
    }

    #[test]
    fn integers_follow_the_legacy_rules(text in text()) {
        for (ours, model) in [
            (int(&text), scanner::int(&text, 0)),
            (unsigned_int(&text), scanner::int(&text, -1)),
            (signed_int(&text), scanner::signed_int(&text)),
        ] {
            prop_assert_eq!((ours.value, ours.consumed), model);
        }
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
