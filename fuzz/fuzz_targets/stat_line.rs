// SPDX-License-Identifier: LGPL-2.0-or-later
//! A stat text against libc's `fscanf`. Where that refuses, ours may accept a name with blanks only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::procfs::parse_stat;

#[path = "../../tests/models/procfs.rs"]
#[allow(dead_code, reason = "of several models, one is used here")]
mod model;

fuzz_target!(|data: &[u8]| {
    let ours = parse_stat(data);
    if data.len() >= 4095 {
        return;
    }
    let Ok(ours) = ours else {
        assert_eq!(model::stat(data), None);
        return;
    };
    match model::stat(data) {
        Some((numbers, comm)) => {
            assert_eq!(numbers, model::numbers(&ours));
            assert_eq!(ours.comm(), &comm[..comm.len().min(255)]);
        }
        None => {
            let (numbers, _) =
                model::stat(&model::without_blanks_in_name(data)).expect("blanks in a name only");
            assert_eq!(numbers, model::numbers(&ours));
        }
    }
});
