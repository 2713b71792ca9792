// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::tl::*;
use proptest::prelude::*;

use crate::{tl_grammar, tl_model};

/// A marker of a query, with the fields that it sets in the header.
#[derive(Clone, Debug)]
enum Marker {
    Actor(i64),
    ActorFlags(i64),
    Flags,
}

impl Marker {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Actor(actor) => [&RPC_DEST_ACTOR.to_le_bytes()[..], &actor.to_le_bytes()].concat(),
            Self::ActorFlags(actor) => {
                [&RPC_DEST_ACTOR_FLAGS.to_le_bytes()[..], &actor.to_le_bytes(), &[0; 4]].concat()
            }
            Self::Flags => [&RPC_DEST_FLAGS.to_le_bytes()[..], &[0; 4]].concat(),
        }
    }
}

fn marker() -> impl Strategy<Value = Marker> {
    prop_oneof![
        any::<i64>().prop_map(Marker::Actor),
        any::<i64>().prop_map(Marker::ActorFlags),
        Just(Marker::Flags)
    ]
}

fn query(qid: i64, markers: &[Marker], body: &[u8]) -> Vec<u8> {
    let markers = markers.iter().flat_map(Marker::bytes).collect::<Vec<_>>();
    [&RPC_INVOKE_REQ.to_le_bytes()[..], &qid.to_le_bytes(), &markers, body].concat()
}

proptest! {
    #[test]
    fn a_query_is_read_back(qid in any::<i64>(), markers in prop::collection::vec(marker(), 0..5), body in any::<[u8; 4]>()) {
        let next = i32::from_le_bytes(body);
        prop_assume!(![RPC_DEST_ACTOR, RPC_DEST_ACTOR_FLAGS, RPC_DEST_FLAGS].contains(&next));
        let packet = query(qid, &markers, &body);
        let parsed = parse_query_header(&packet).expect("a good header");
        let actor_id = markers
            .iter()
            .rev()
            .find_map(|marker| match *marker {
                Marker::Actor(actor) | Marker::ActorFlags(actor) => Some(actor),
                Marker::Flags => None,
            })
            .unwrap_or(0);
        let header = Header { op: RPC_INVOKE_REQ, real_op: RPC_INVOKE_REQ, flags: 0, qid, actor_id };
        prop_assert_eq!(parsed, Parsed { header, consumed: packet.len() - 4 });
    }

    #[test]
    fn every_truncation_reports_its_position(qid in any::<i64>(), markers in prop::collection::vec(marker(), 0..5)) {
        let packet = query(qid, &markers, b"body");
        for size in 0..packet.len() {
            let refused = parse_query_header(&packet[..size]).expect_err("cut off");
            let Error::NotEnoughData { wanted, position, size: reported } = refused.error else {
                return Err(TestCaseError::fail("not an error about missing data"));
            };
            prop_assert_eq!(reported, size);
            prop_assert_eq!(refused.consumed, position);
            prop_assert!(position <= size && position + wanted > size);
            prop_assert_eq!(
                refused.error.to_string(),
                format!("Trying to read {wanted} bytes at position {position} (size = {size})")
            );
        }
    }

    /// Headers whose operations, markers and flags are often right, cut anywhere.
    #[test]
    fn headers_follow_the_legacy_rules(
        words in prop::collection::vec(prop_oneof![
            4 => prop::sample::select(vec![RPC_INVOKE_REQ, RPC_INVOKE_KPHP_REQ, RPC_DEST_ACTOR, RPC_DEST_ACTOR_FLAGS,
                RPC_DEST_FLAGS, RPC_REQ_ERROR, RPC_REQ_RESULT, RPC_REQ_ERROR_WRAPPED, RPC_REQ_RESULT_FLAGS]),
            4 => Just(0),
            1 => any::<i32>(),
        ], 0..14),
        op in prop::sample::select(vec![None, Some(RPC_INVOKE_REQ), Some(RPC_REQ_RESULT)]),
        cut in 0usize..4,
    ) {
        let mut packet: Vec<u8> = op.iter().chain(&words).flat_map(|word| word.to_le_bytes()).collect();
        packet.truncate(packet.len().saturating_sub(cut));
        prop_assert_eq!(tl_model::Left::from(parse_query_header(&packet)), tl_model::query(&packet));
        prop_assert_eq!(tl_model::Left::from(parse_answer_header(&packet)), tl_model::answer(&packet));
        prop_assert_eq!(parse_query_header(&packet).ok(), tl_grammar::accepted_query(&packet));
        prop_assert_eq!(parse_answer_header(&packet).ok(), tl_grammar::accepted_answer(&packet));
    }

    #[test]
    fn any_bytes_get_a_verdict_within_their_length(packet in prop::collection::vec(any::<u8>(), 0..100)) {
        for parse in [parse_query_header, parse_answer_header] {
            let consumed = parse(&packet).map_or_else(|refused| refused.consumed, |parsed| parsed.consumed);
            prop_assert!(consumed <= packet.len());
        }
    }
}

/// Enough of the generated headers above are accepted for the comparison to be meaningful.
#[test]
fn the_grammar_accepts_what_it_should() {
    let packet = query(5, &[Marker::Actor(1), Marker::Flags, Marker::ActorFlags(7)], b"body");
    let accepted = tl_grammar::accepted_query(&packet).expect("a good header");
    assert_eq!((accepted.header.qid, accepted.header.actor_id, accepted.consumed), (5, 7, packet.len() - 4));
    let words = [RPC_REQ_RESULT, 5, 0, RPC_REQ_ERROR, 1, 2, RPC_REQ_RESULT_FLAGS, 0, 3];
    let mut packet = words.map(i32::to_le_bytes).concat();
    let accepted = tl_grammar::accepted_answer(&packet).expect("a good header");
    assert_eq!((accepted.header.op, accepted.consumed), (RPC_REQ_ERROR_WRAPPED, 32));
    // Flags that are not 0.
    packet[28] = 1;
    assert_eq!(tl_grammar::accepted_answer(&packet), None);
}

/// Each marker costs at least eight bytes, so the work is linear: a megabyte of markers is read in one pass.
#[test]
fn a_megabyte_of_markers_is_read_to_its_end() {
    let markers = vec![Marker::Flags; 1 << 17];
    let packet = query(5, &markers, b"body");
    assert_eq!(parse_query_header(&packet).map(|parsed| parsed.consumed), Ok(packet.len() - 4));
}
