// SPDX-License-Identifier: LGPL-2.0-or-later
//! The control of the other targets: a fault that only coverage feedback finds, in a text of eight bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut depth = 0;
    for (byte, wanted) in data.iter().zip(b"MemFree:") {
        if byte != wanted {
            break;
        }
        depth += 1;
    }
    assert!(depth < 8, "planted mistake");
});
