// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::ffi::{mtproxy_ffi_crc32_partial, mtproxy_ffi_crc32c_partial};

use super::table::replay;

type Partial = unsafe extern "C" fn(*const u8, usize, u32) -> u32;

fn check(file: &str, partial: Partial) {
    replay(file, 989, |row| {
        let data = row.bytes("data");
        assert_eq!(data.len(), row.number::<usize>("len"), "{}", row.place);
        // SAFETY: the slice's own pointer and length.
        let crc = unsafe { partial(data.as_ptr(), data.len(), row.number("crc_in")) };
        assert_eq!(crc, row.number::<u32>("crc_out"), "{}", row.place);
    });
}

#[test]
fn crc32_matches_the_original() {
    check("crc32", mtproxy_ffi_crc32_partial);
}

#[test]
fn crc32c_matches_the_original() {
    check("crc32c", mtproxy_ffi_crc32c_partial);
}
