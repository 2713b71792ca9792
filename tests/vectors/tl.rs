// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::{
    ffi::{
        TL_ERROR_SIZE, TlHeaderParseResult, mtproxy_ffi_tl_parse_answer_header,
        mtproxy_ffi_tl_parse_query_header,
    },
    tl,
};

use super::table::{Row, replay};

type Parser = unsafe extern "C" fn(*const u8, usize, *mut TlHeaderParseResult) -> i32;

fn parse(parser: Parser, packet: &[u8]) -> TlHeaderParseResult {
    let mut out = TlHeaderParseResult {
        status: 9,
        consumed: 9,
        op: 9,
        real_op: 9,
        flags: 9,
        qid: 9,
        actor_id: 9,
        errnum: 9,
        error_len: 9,
        error: [9; TL_ERROR_SIZE],
    };
    // SAFETY: the slice's own pointer and length, and a writable result.
    assert_eq!(unsafe { parser(packet.as_ptr(), packet.len(), &mut out) }, 0);
    out
}

fn error_text(result: &TlHeaderParseResult) -> String {
    let text: Vec<u8> = result.error.iter().map(|&c| c as u8).take_while(|&byte| byte != 0).collect();
    assert_eq!(text.len(), result.error_len as usize);
    if text.is_empty() { "-".into() } else { String::from_utf8(text).expect("ASCII") }
}

fn check(file: &str, count: usize, parser: Parser) {
    replay(file, count, |row| {
        let packet = row.bytes("data");
        let result = parse(parser, &packet);
        let ret: i32 = row.number("ret");
        let unread: usize = row.number("unread");
        let place = &row.place;
        assert_eq!(result.status, if ret < 0 { -1 } else { 0 }, "{place}");
        assert_eq!(result.consumed as usize, packet.len() - unread, "{place}");
        assert_eq!(
            (result.op, result.real_op, result.flags, result.qid, result.actor_id, result.errnum),
            (
                row.number("op"),
                row.number("real_op"),
                row.number("flags"),
                row.number("qid"),
                row.number("actor_id"),
                row.number("errnum")
            ),
            "{place}"
        );
        assert_eq!(error_text(&result), row.text("error"), "{place}");
    });
}

#[test]
fn query_headers_match_the_original() {
    check("tl_query", 3125, mtproxy_ffi_tl_parse_query_header);
}

#[test]
fn answer_headers_match_the_original() {
    check("tl_answer", 2377, mtproxy_ffi_tl_parse_answer_header);
}

/// The deliberate difference: the original never returns; ours sets `op`, leaves the marker unread and succeeds.
#[test]
fn wrapped_error_marker_ends_the_header_instead_of_looping() {
    replay("tl_answer_hang", 16, |row: &Row| {
        let packet = row.bytes("data");
        let result = parse(mtproxy_ffi_tl_parse_answer_header, &packet);
        assert_eq!((result.status, result.errnum, result.error_len), (0, 0, 0), "{}", row.place);
        assert_eq!(
            (result.op, result.real_op, result.qid),
            (row.number("op"), row.number("real_op"), row.number("qid")),
            "{}",
            row.place
        );
        assert_eq!(result.consumed as usize, packet.len() - row.number::<usize>("unread"), "{}", row.place);
    });
}

#[test]
fn flags_words_match_the_original() {
    replay("tl_flags", 110, |row| {
        let (packet, present) = (row.bytes("data"), row.number("flags_in"));
        let (ret, flags, errnum, error) = match tl::parse_flags(&packet, present) {
            Ok(flags) => (0, flags, 0, "-".to_owned()),
            Err(error) => (-1, present, error.number(), error.to_string()),
        };
        assert_eq!(
            (ret, flags, errnum, error.as_str()),
            (row.number("ret"), row.number("flags_out"), row.number("errnum"), row.text("error")),
            "{}",
            row.place
        );
    });
}
