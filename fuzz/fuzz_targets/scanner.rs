// SPDX-License-Identifier: LGPL-2.0-or-later
//! The config scanner against a direct model of the legacy one, at every cursor that tokenising comes to. The drop-in's
//! names, and the original with them, must move their cursors so.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::config::{
    Lexeme, int, lexeme, signed_int, skip_blanks, skip_spaces, string_len, unsigned_int, word_len,
};
use support::Config;

#[path = "../../tests/models/scanner.rs"]
mod model;

fn same_at(text: &[u8], line: i32) {
    for (ours, model) in [
        (skip_spaces(text, line), model::skip_spaces(text, line)),
        (skip_blanks(text, line), model::skip_blanks(text, line)),
    ] {
        assert_eq!((ours.advance, ours.byte.unwrap_or(0), ours.line), model);
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

/// `text` is followed by a NUL.
fn legacy_at(names: &Config, text: &[u8], line: i32) {
    let scan = |call: &dyn Fn() -> i64| {
        // SAFETY: the library's variables; the cursor is in a text that ends with a NUL.
        unsafe {
            *names.cfg_cur = text.as_ptr().cast_mut().cast();
            *names.cfg_lno = line;
            let value = call();
            ((*names.cfg_cur).addr() - text.as_ptr().addr(), value, *names.cfg_lno)
        }
    };
    let (spaces, blanks) = (skip_spaces(text, line), skip_blanks(text, line));
    let (found, passed) = lexeme(text, line);
    let found = match found {
        Lexeme::Mark(mark) => mark.into(),
        Lexeme::End => 0,
        Lexeme::Other => -1,
    };
    // SAFETY: the cursor is set, as above.
    unsafe {
        let expected = (spaces.advance, spaces.byte.map_or(0, i64::from), spaces.line);
        assert_eq!(scan(&|| (names.cfg_skipspc)().into()), expected, "cfg_skipspc");
        let expected = (blanks.advance, blanks.byte.map_or(0, i64::from), line);
        assert_eq!(scan(&|| (names.cfg_skspc)().into()), expected, "cfg_skspc");
        assert_eq!(scan(&|| (names.cfg_getlex)().into()), (passed.advance, found, passed.line), "cfg_getlex");
        let expected = (blanks.advance, word_len(text) as i64, line);
        assert_eq!(scan(&|| (names.cfg_getword)().into()), expected, "cfg_getword");
        let expected = (blanks.advance, string_len(text) as i64, line);
        assert_eq!(scan(&|| (names.cfg_getstr)().into()), expected, "cfg_getstr");
        for (call, ours, name) in [
            (names.cfg_getint, int(text), "cfg_getint"),
            (names.cfg_getint_zero, unsigned_int(text), "cfg_getint_zero"),
            (names.cfg_getint_signed_zero, signed_int(text), "cfg_getint_signed_zero"),
        ] {
            assert_eq!(scan(&|| call()), (blanks.advance + ours.consumed, ours.value, line), "{name}");
        }
    }
}

fuzz_target!(init: { Config::sides(); }, |data: &[u8]| {
    let Some((&[a, b, c, d], text)) = data.split_first_chunk() else { return };
    let line = i32::from_le_bytes([a, b, c, d]);
    let ended = [text, &[0]].concat();
    let mut rest = &ended[..text.len()];
    loop {
        same_at(rest, line);
        for names in Config::sides() {
            legacy_at(names, rest, line);
        }
        let (_, passed) = lexeme(rest, line);
        let step = passed.advance + string_len(&rest[passed.advance..]);
        if step == 0 {
            return;
        }
        rest = &rest[step..];
    }
});
