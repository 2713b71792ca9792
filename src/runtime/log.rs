// SPDX-License-Identifier: LGPL-2.0-or-later
//! Texts of the log: the prefixes of lines, and rows of a hexadecimal dump.

use crate::{
    digits::hex_digits,
    log_prefix::{LogPrefix, Moment, format_log_prefix},
    sys::{
        clock::{self, LocalTime},
        process,
    },
    text::FixedText,
};

/// The size of the buffers for the short texts of this module; one size, so that `FixedText` is compiled once.
pub(crate) const TEXT_SIZE: usize = 128;

/// The prefix of a log line written now. If libc does not return the local time, its parts are zeros.
pub(crate) fn prefix() -> LogPrefix {
    let (sec, usec) = clock::time_of_day();
    let LocalTime { year, month, day, hour, minute, second } = clock::local_time(sec).unwrap_or_default();
    let at = Moment {
        year: year.wrapping_add(1900),
        month: month.wrapping_add(1),
        day,
        hour,
        minute,
        second,
        microsecond: usec as i32,
    };
    format_log_prefix(process::id() as i32, at)
}

/// The prefix of a message written from a signal handler. Numbers that are negative as an `int` become `INT_MAX`.
pub(crate) fn signal_safe_prefix() -> FixedText<TEXT_SIZE> {
    let positive = |number: i64| i64::from(u32::try_from(number as i32).unwrap_or(i32::MAX as u32));
    let mut prefix = FixedText::new();
    prefix
        .push("[pid ")
        .push_int(positive(process::id().into()))
        .push("] [time ")
        .push_int(positive(clock::unix_time()))
        .push("] ");
    prefix
}

/// One row of a dump: the offset and up to sixteen bytes, padded to the width of a full row.
pub(crate) fn hex_row(offset: u32, piece: &[u8]) -> FixedText<TEXT_SIZE> {
    let mut row = FixedText::new();
    row.push_hex(offset);
    for place in 0..16 {
        row.push(if place == 8 { "  " } else { " " });
        match piece.get(place) {
            Some(&byte) => row.push_bytes(&hex_digits(byte)),
            None => row.push("  "),
        };
    }
    row.push("\n");
    row
}
