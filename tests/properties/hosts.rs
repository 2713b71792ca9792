// SPDX-License-Identifier: LGPL-2.0-or-later
//! A hosts file against libc's `strtoul`.

use mtproxy_ffi::hosts::entries;
use proptest::prelude::*;

use super::hosts_model;

fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "(25[0-9]|[0-9]{1,3})\\.[0-9]{1,2}\\.[0-9]\\.[1-9][ \t]",
        2 => "[-+]?[0-9]{0,21}",
        2 => "[a-z.#-]{0,9}",
        1 => "x{126,129}",
        4 => "[ \t\n\r\x0b.]{1,2}",
        1 => Just("\0".to_owned()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn entries_are_those_of_strtoul(text in text()) {
        let ours: Vec<_> = entries(&text)
            .map(|entry| (entry.ip, text[entry.start..entry.start + entry.len].to_vec()))
            .collect();
        prop_assert_eq!(ours, hosts_model::entries(&text));
    }
}
