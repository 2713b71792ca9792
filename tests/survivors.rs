// SPDX-License-Identifier: LGPL-2.0-or-later
//! Tests found necessary by mutation testing: each fails for a change of the core that no other test detects.

use std::error::Error;

use mtproxy_ffi::{
    checksum::{gf32, search_side},
    digest::{MD5_START, md5, md5_blocks},
    process_id::ProcessId,
    procfs::{Malformed, read_statm},
    tl::parse_query_header,
};

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
    assert_eq!(refused.to_string(), "the header is refused after 0 bytes");
    let source = refused.source().expect("its error");
    assert_eq!(source.to_string(), "Trying to read 4 bytes at position 0 (size = 0)");
}

/// Fed block by block, and padded by hand, the raw state ends as the digest.
#[test]
fn blocks_of_md5_take_what_is_whole_and_leave_the_rest() {
    let message: Vec<u8> = (0..150u8).collect();
    let (state, rest) = md5_blocks(MD5_START, &message);
    assert_eq!(rest, &message[128..]);
    assert_eq!(md5_blocks(md5_blocks(MD5_START, &message[..64]).0, &message[64..]), (state, rest));
    let mut last = rest.to_vec();
    last.push(0x80);
    last.resize(56, 0);
    last.extend((8 * message.len() as u64).to_le_bytes());
    let (state, rest) = md5_blocks(state, &last);
    assert!(rest.is_empty());
    assert_eq!(state.map(u32::to_le_bytes).as_flattened(), md5(&message));
    assert_eq!(md5_blocks(state, b"short"), (state, &b"short"[..]));
}

/// No length has a bit beyond the last matrix.
#[test]
fn more_matrices_than_a_length_has_bits_change_nothing() {
    let mut tables = [[0; 32]; 70];
    gf32::powers(&mut tables, 0xedb8_8320);
    let needed = gf32::tables_needed(i64::MAX);
    assert_eq!(needed, 66);
    for len in [i64::MAX, i64::MAX - 1, 1 << 62, 0, -1, i64::MIN] {
        assert_eq!(
            gf32::combine(&tables, 0x1234_5678, len),
            gf32::combine(&tables[..needed], 0x1234_5678, len)
        );
    }
}

/// The side decides how far past a block's front the search goes: for 56 positions it is 7, not 8.
#[test]
fn side_of_the_search_is_the_square_root_to_the_nearest() {
    assert_eq!(search_side(3), Some((56, 7)));
    for len in (-3..20_000).chain((1 << 28) - 100..(1 << 28) - 4) {
        let positions = 8 * (len + 4);
        assert_eq!(search_side(len), Some((positions, f64::from(positions).sqrt().round() as i32)), "{len}");
    }
    assert_eq!([search_side(-4), search_side((1 << 28) - 4)], [None; 2]);
}

/// The legacy reader also writes the number at which it fails.
#[test]
fn failed_reading_of_statm_counts_the_number_it_fails_at() {
    for (text, values, written) in [
        (&b""[..], [0, 0, 0], 1),
        (b"1 2 x", [10, 20, 0], 3),
        (b"1 99999999999999999999 3", [10, i64::MAX, 0], 2),
    ] {
        let reading = read_statm(text, 3, 10);
        assert_eq!((&reading.values[..3], reading.written, reading.complete), (&values[..], written, false));
    }
}
