// SPDX-License-Identifier: LGPL-2.0-or-later
use std::ffi::c_char;

use mtproxy_ffi::ffi::mtproxy_ffi_format_log_prefix;

use super::table::replay;

#[test]
fn log_prefixes_match_the_original() {
    replay("log_prefix", 617, |row| {
        let mut out = [0x55 as c_char; 256];
        // SAFETY: a writable output of the given size.
        let len = unsafe {
            mtproxy_ffi_format_log_prefix(
                row.number("pid"),
                row.number("year"),
                row.number("mon"),
                row.number("mday"),
                row.number("hour"),
                row.number("min"),
                row.number("sec"),
                row.number("usec"),
                out.as_mut_ptr(),
                out.len(),
            )
        };
        let text = row.bytes("text");
        assert_eq!((len, len as usize), (row.number("len"), text.len()), "{}", row.place);
        let written: Vec<u8> = out.iter().map(|&c| c as u8).collect();
        assert_eq!(written[..text.len()], text, "{}", row.place);
        assert_eq!(written[text.len()..text.len() + 2], [0, 0x55], "{}: the terminator", row.place);
    });
}
