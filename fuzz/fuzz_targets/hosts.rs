// SPDX-License-Identifier: LGPL-2.0-or-later
//! A hosts file against libc's `strtoul`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::hosts::entries;

#[path = "../../tests/models/hosts.rs"]
mod model;

fuzz_target!(|data: &[u8]| {
    let ours: Vec<_> =
        entries(data).map(|entry| (entry.ip, data[entry.start..entry.start + entry.len].to_vec())).collect();
    assert_eq!(ours, model::entries(data));
});
