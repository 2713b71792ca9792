// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::config::{
    Int, Lexeme, int, lexeme, signed_int, skip_blanks, skip_spaces, string_len, unsigned_int, word_len,
};

use super::table::{Row, replay};

fn check_int(row: &Row, int: Int, column: &str, blanks: usize) {
    assert_eq!(int.value, row.number::<i64>(column), "{}: {column}", row.place);
    let moved: usize = row.number(&format!("{column}_adv"));
    // The legacy cursor also moves over the blanks.
    assert_eq!(int.consumed + blanks, moved, "{}: {column} consumed", row.place);
}

#[test]
fn scanner_matches_the_original() {
    replay("config", 4619, |row| {
        let text = row.bytes("text");
        let line = row.number("lno");
        let place = &row.place;

        let spaces = skip_spaces(&text, line);
        assert_eq!(spaces.byte.map_or(0, i32::from), row.number::<i32>("skipspc_ch"), "{place}");
        assert_eq!(spaces.advance, row.number::<usize>("skipspc_adv"), "{place}");
        assert_eq!(spaces.line, row.number::<i32>("skipspc_lno"), "{place}");

        let blanks = skip_blanks(&text, line);
        assert_eq!(blanks.byte.map_or(0, i32::from), row.number::<i32>("skspc_ch"), "{place}");
        assert_eq!(blanks.advance, row.number::<usize>("skspc_adv"), "{place}");
        assert_eq!(blanks.line, line, "{place}");

        let lengths = (word_len(&text), string_len(&text));
        assert_eq!(lengths, (row.number("getword"), row.number("getstr")), "{place}");

        check_int(row, int(&text), "getint", blanks.advance);
        check_int(row, unsigned_int(&text), "getint_zero", blanks.advance);
        check_int(row, signed_int(&text), "getint_signed_zero", blanks.advance);
    });
}

#[test]
fn lexemes_match_the_original() {
    replay("config", 4619, |row| {
        let (found, at) = lexeme(&row.bytes("text"), row.number("lno"));
        let code = match found {
            Lexeme::Mark(mark) => i32::from(mark),
            Lexeme::End => 0,
            Lexeme::Other => -1,
        };
        assert_eq!(
            (code, at.advance, at.line),
            (row.number("getlex"), row.number("getlex_adv"), row.number("getlex_lno")),
            "{}",
            row.place
        );
    });
}
