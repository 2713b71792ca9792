// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::tl::{self, Header, Parsed, Refused, parse_answer_header, parse_query_header};

use super::table::{Row, replay};

type Parser = fn(&[u8]) -> Result<Parsed, Refused>;

/// A header as it was recorded.
fn recorded(row: &Row) -> Header {
    Header {
        op: row.number("op"),
        real_op: row.number("real_op"),
        flags: row.number("flags"),
        qid: row.number("qid"),
        actor_id: row.number("actor_id"),
    }
}

fn check(file: &str, count: usize, parser: Parser) {
    replay(file, count, |row| {
        let packet = row.bytes("data");
        let (ret, header, consumed, errnum, error) = match parser(&packet) {
            Ok(Parsed { header, consumed }) => (consumed as i32, header, consumed, 0, "-".to_owned()),
            Err(Refused { header, consumed, error }) => {
                (-1, header, consumed, error.number(), error.to_string())
            }
        };
        let place = &row.place;
        assert_eq!(ret, row.number::<i32>("ret"), "{place}");
        assert_eq!(consumed, packet.len() - row.number::<usize>("unread"), "{place}");
        assert_eq!(header, recorded(row), "{place}");
        assert_eq!((errnum, error.as_str()), (row.number("errnum"), row.text("error")), "{place}");
    });
}

#[test]
fn query_headers_match_the_original() {
    check("tl_query", 3125, parse_query_header);
}

#[test]
fn answer_headers_match_the_original() {
    check("tl_answer", 2377, parse_answer_header);
}

/// The deliberate difference: the original never returns; ours sets `op`, leaves the marker unread and succeeds.
#[test]
fn wrapped_error_marker_ends_the_header_instead_of_looping() {
    replay("tl_answer_hang", 16, |row: &Row| {
        let packet = row.bytes("data");
        let Parsed { header, consumed } = parse_answer_header(&packet).expect(&row.place);
        assert_eq!(
            (header.op, header.real_op, header.qid),
            (row.number("op"), row.number("real_op"), row.number("qid")),
            "{}",
            row.place
        );
        assert_eq!(consumed, packet.len() - row.number::<usize>("unread"), "{}", row.place);
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
