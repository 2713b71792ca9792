// SPDX-License-Identifier: LGPL-2.0-or-later
//! A meminfo text against libc's `sscanf`, line by line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::procfs::parse_meminfo_summary;

#[path = "../../tests/models/procfs.rs"]
#[allow(dead_code, reason = "of several models, one is used here")]
mod model;

fuzz_target!(|data: &[u8]| {
    let ours = parse_meminfo_summary(data).ok();
    assert!(ours.is_none_or(|summary| summary.found_mask == 15));
    assert_eq!(ours.map(|s| [s.mem_free, s.mem_cached, s.swap_total, s.swap_free]), model::meminfo(data));
});
