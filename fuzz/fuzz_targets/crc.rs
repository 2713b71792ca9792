// SPDX-License-Identifier: LGPL-2.0-or-later
//! The checksums, whole and in pieces, against the crates named below; then the drop-in's functions, and the original's.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::checksum::{crc32, crc32_partial, crc32c, crc32c_partial};
use support::Checksum;

fn legacy(names: &Checksum, data: &[u8], start: u32) {
    let (at, len) = (data.as_ptr().cast(), data.len() as i64);
    // SAFETY: the variables hold functions from the start on; the data is readable for its length.
    unsafe {
        assert_eq!((*names.crc32_partial)(at, len, start), crc32_partial(data, start));
        assert_eq!((names.crc32_partial_generic)(at, len, start), crc32_partial(data, start));
        assert_eq!((*names.crc32c_partial)(at, len, start), crc32c_partial(data, start));
        assert_eq!((names.crc32c_partial_four_tables)(at, len, start), crc32c_partial(data, start));
    }
}

fuzz_target!(init: { Checksum::sides(); }, |data: &[u8]| {
    let Some((&[a, b, skip, repeat], data)) = data.split_first_chunk() else { return };
    // Long inputs reach the wide paths; odd starts the unaligned ones.
    let data = data.repeat(1 + usize::from(repeat));
    let data = data.get(usize::from(skip)..).unwrap_or_default();
    let (first, rest) = data.split_at((usize::from(a) * 8).min(data.len()));
    let (second, third) = rest.split_at(usize::from(b).min(rest.len()));

    assert_eq!(crc32(data), crc32fast::hash(data));
    assert_eq!(crc32c(data), ::crc32c::crc32c(data));
    let start = u32::from_le_bytes([a, b, skip, repeat]);
    let pieces = |feed: fn(&[u8], u32) -> u32| feed(third, feed(second, feed(first, start)));
    assert_eq!(pieces(crc32_partial), crc32_partial(data, start));
    assert_eq!(pieces(crc32c_partial), crc32c_partial(data, start));
    assert_eq!(!crc32_partial(data, !start), {
        let mut hasher = crc32fast::Hasher::new_with_initial(start);
        hasher.update(data);
        hasher.finalize()
    });
    assert_eq!(!crc32c_partial(data, !start), ::crc32c::crc32c_append(start, data));
    for names in Checksum::sides() {
        legacy(names, data, start);
    }
});
