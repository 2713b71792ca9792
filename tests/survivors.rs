//! Tests that mutation testing asked for: each kills a change of the core that all others let live.

use std::error::Error;

use mtproxy_ffi::{process_id::ProcessId, procfs::Malformed, tl::parse_query_header};

/// Folded by exclusive or, not by or: bits set in both halves vanish.
#[test]
fn both_halves_of_a_large_process_id_are_combined_exclusively() {
    for (pid, folded) in
        [(0x0003_0001, 2), (0x0001_0001, 1), (0xffff_fffe, 1), (65536, 1), (65535, 65535), (7, 7)]
    {
        let mut id = ProcessId::default();
        id.init_common(pid, 5);
        assert_eq!(id.pid, folded, "{pid:#x}");
    }
}

#[test]
fn malformed_text_says_so() {
    assert!(!Malformed.to_string().is_empty());
}

#[test]
fn refused_header_says_what_its_error_says() {
    let refused = parse_query_header(b"").unwrap_err();
    assert_eq!(refused.to_string(), "Trying to read 4 bytes at position 0 (size = 0)");
    let source = refused.source().expect("its error");
    assert_eq!(source.to_string(), refused.error.to_string());
}
