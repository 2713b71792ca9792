// SPDX-License-Identifier: LGPL-2.0-or-later
//! The log prefix against libc's `snprintf`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::log_prefix::{Moment, format_log_prefix};

#[path = "../../tests/models/log_prefix.rs"]
mod model;

fuzz_target!(|numbers: [i32; 8]| {
    let [pid, year, month, day, hour, minute, second, microsecond] = numbers;
    let at = Moment { year, month, day, hour, minute, second, microsecond };
    assert_eq!(format_log_prefix(pid, at).as_bytes(), model::log_prefix(pid, at));
});
