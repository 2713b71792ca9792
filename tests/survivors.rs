//! Tests that mutation testing asked for: each kills a change of the core that all others let live.

use mtproxy_ffi::{process_id::ProcessId, procfs::Malformed};

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
