//! The header of an answer against a direct model of the legacy parser: fields, position, error number and text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::tl::parse_answer_header;

#[path = "../../tests/models/tl.rs"]
#[allow(dead_code)] // of several models, one is used here
mod model;

fuzz_target!(|data: &[u8]| {
    assert_eq!(model::Left::from(parse_answer_header(data)), model::answer(data));
});
