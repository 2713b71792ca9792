// SPDX-License-Identifier: LGPL-2.0-or-later
//! The header of a query against a direct model of the legacy parser: fields, position, error number and text; and
//! against the original itself, where it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::tl::parse_query_header;
use support::Tl;

#[path = "../../tests/models/tl.rs"]
#[allow(dead_code, reason = "of several models, one is used here")]
mod model;

use model::Left;

fuzz_target!(init: { Tl::sides(); }, |data: &[u8]| {
    let ours = Left::from(parse_query_header(data));
    assert_eq!(ours, model::query(data));
    for names in Tl::sides() {
        let (header, position, error) = names.parse(names.tlf_query_header, data);
        assert_eq!(ours, Left { header, position, error });
    }
});
