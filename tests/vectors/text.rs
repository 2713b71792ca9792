// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::log_prefix::{Moment, format_log_prefix};

use super::table::replay;

#[test]
fn log_prefixes_match_the_original() {
    replay("log_prefix", 617, |row| {
        let at = Moment {
            year: row.number("year"),
            month: row.number("mon"),
            day: row.number("mday"),
            hour: row.number("hour"),
            minute: row.number("min"),
            second: row.number("sec"),
            microsecond: row.number("usec"),
        };
        let prefix = format_log_prefix(row.number("pid"), at);
        assert_eq!(prefix.as_bytes(), row.bytes("text"), "{}", row.place);
        assert_eq!(prefix.as_bytes().len(), row.number::<usize>("len"), "{}", row.place);
    });
}
