//! The config scanner against a direct model of the legacy one, at every cursor that tokenising comes to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::config::{
    int, lexeme, signed_int, skip_blanks, skip_spaces, string_len, unsigned_int, word_len,
};

#[path = "../../tests/models/scanner.rs"]
mod model;

fn same_at(text: &[u8], line: i32) {
    for (ours, model) in [
        (skip_spaces(text, line), model::skip_spaces(text, line)),
        (skip_blanks(text, line), model::skip_blanks(text, line)),
    ] {
        assert_eq!((ours.advance, ours.byte, ours.line), model);
    }
    assert_eq!(word_len(text), model::word_len(text));
    assert_eq!(string_len(text), model::string_len(text));
    for (ours, model) in [
        (int(text), model::int(text, 0)),
        (unsigned_int(text), model::int(text, -1)),
        (signed_int(text), model::signed_int(text)),
    ] {
        assert_eq!((ours.value, ours.consumed), model);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&[a, b, c, d], text)) = data.split_first_chunk() else { return };
    let line = i32::from_le_bytes([a, b, c, d]);
    let mut rest = text;
    loop {
        same_at(rest, line);
        let (_, passed) = lexeme(rest, line);
        let step = passed.advance + string_len(&rest[passed.advance..]);
        if step == 0 {
            return;
        }
        rest = &rest[step..];
    }
});
