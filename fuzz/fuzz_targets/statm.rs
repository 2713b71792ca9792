// SPDX-License-Identifier: LGPL-2.0-or-later
//! A statm text against libc's `strtoll`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::procfs::parse_statm;

#[path = "../../tests/models/procfs.rs"]
#[allow(dead_code, reason = "of several models, one is used here")]
mod model;

fuzz_target!(|data: &[u8]| {
    let Some((&[count, a, b, c, d, e, f, g, h], text)) = data.split_first_chunk() else { return };
    let (count, page) = (usize::from(count % 10), i64::from_le_bytes([a, b, c, d, e, f, g, h]));
    let ours = parse_statm(text, count, page).ok();
    assert_eq!(ours.map(|values| values[..count.min(7)].to_vec()), model::statm(text, count, page));
    assert!(ours.is_none_or(|values| values[count.min(7)..].iter().all(|&value| value == 0)));
});
