// SPDX-License-Identifier: LGPL-2.0-or-later
use std::ffi::c_char;

use mtproxy_ffi::{
    config::{Lexeme, lexeme},
    ffi::*,
};

use super::table::{Row, replay};

type Skip = unsafe extern "C" fn(*const c_char, usize, i32, *mut CfgScanResult) -> i32;
type GetInt = unsafe extern "C" fn(*const c_char, usize, *mut CfgIntResult) -> i32;

fn skip(skip: Skip, text: &[u8], line: i32) -> CfgScanResult {
    let mut out = CfgScanResult { advance: usize::MAX, line_no: -9, ch: -9 };
    // SAFETY: the slice's own pointer and length, and a writable result.
    assert_eq!(unsafe { skip(text.as_ptr().cast(), text.len(), line, &mut out) }, 0);
    out
}

fn check_int(row: &Row, get: GetInt, text: &[u8], column: &str, blanks: usize) {
    let mut out = CfgIntResult { value: -9, consumed: usize::MAX };
    // SAFETY: the slice's own pointer and length, and a writable result.
    assert_eq!(unsafe { get(text.as_ptr().cast(), text.len(), &mut out) }, 0, "{}", row.place);
    assert_eq!(out.value, row.number::<i64>(column), "{}: {column}", row.place);
    let moved: usize = row.number(&format!("{column}_adv"));
    // The legacy cursor also moves over the blanks.
    assert_eq!(out.consumed + blanks, moved, "{}: {column} consumed", row.place);
}

#[test]
fn scanner_matches_the_original() {
    replay("config", 4619, |row| {
        let text = row.bytes("text");
        let line = row.number("lno");
        let place = &row.place;

        let spaces = skip(mtproxy_ffi_cfg_skipspc, &text, line);
        assert_eq!(spaces.ch, row.number::<i32>("skipspc_ch"), "{place}");
        assert_eq!(spaces.advance, row.number::<usize>("skipspc_adv"), "{place}");
        assert_eq!(spaces.line_no, row.number::<i32>("skipspc_lno"), "{place}");

        let blanks = skip(mtproxy_ffi_cfg_skspc, &text, line);
        assert_eq!(blanks.ch, row.number::<i32>("skspc_ch"), "{place}");
        assert_eq!(blanks.advance, row.number::<usize>("skspc_adv"), "{place}");
        assert_eq!(blanks.line_no, line, "{place}");

        // SAFETY: the slice's own pointer and length.
        let lengths = unsafe {
            let text = (text.as_ptr().cast(), text.len());
            (mtproxy_ffi_cfg_getword_len(text.0, text.1), mtproxy_ffi_cfg_getstr_len(text.0, text.1))
        };
        assert_eq!(lengths, (row.number("getword"), row.number("getstr")), "{place}");

        check_int(row, mtproxy_ffi_cfg_getint, &text, "getint", blanks.advance);
        check_int(row, mtproxy_ffi_cfg_getint_zero, &text, "getint_zero", blanks.advance);
        check_int(row, mtproxy_ffi_cfg_getint_signed_zero, &text, "getint_signed_zero", blanks.advance);
    });
}

/// The boundary has no such function; the Rust API has.
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
