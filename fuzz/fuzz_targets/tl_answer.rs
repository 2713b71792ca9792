// SPDX-License-Identifier: LGPL-2.0-or-later
//! The header of an answer against a direct model of the legacy parser: fields, position, error number and text; and
//! against the original itself, where it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::tl::{RPC_REQ_ERROR_WRAPPED, RPC_REQ_RESULT, parse_answer_header};
use support::Tl;

#[path = "../../tests/models/tl.rs"]
#[allow(dead_code, reason = "of several models, one is used here")]
mod model;

use model::Left;

/// At this marker the original loops for ever; ours ends the header there.
fn loops(left: &Left, data: &[u8]) -> bool {
    left.error.is_none()
        && left.header.real_op == RPC_REQ_RESULT
        && data[left.position..].starts_with(&RPC_REQ_ERROR_WRAPPED.to_le_bytes())
}

fuzz_target!(init: { Tl::sides(); }, |data: &[u8]| {
    let ours = Left::from(parse_answer_header(data));
    assert_eq!(ours, model::answer(data));
    if loops(&ours, data) {
        return;
    }
    for names in Tl::sides() {
        let (header, position, error) = names.parse(names.tlf_query_answer_header, data);
        assert_eq!(ours, Left { header, position, error });
    }
});
