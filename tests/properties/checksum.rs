// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::checksum::{crc32, crc32_partial, crc32c, crc32c_partial};
use proptest::prelude::*;

/// One bit at a time, from the definition.
fn bitwise(polynomial: u32, data: &[u8], crc: u32) -> u32 {
    data.iter()
        .fold(crc, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |r, _| (r >> 1) ^ (polynomial * (r & 1))))
}

proptest! {
    #[test]
    fn registers_follow_the_definition(data in any::<Vec<u8>>(), crc in any::<u32>(), skip in 0usize..64) {
        let data = data.get(skip..).unwrap_or_default();
        prop_assert_eq!(crc32_partial(data, crc), bitwise(0xedb8_8320, data, crc));
        prop_assert_eq!(crc32c_partial(data, crc), bitwise(0x82f6_3b78, data, crc));
    }

    #[test]
    fn a_message_may_be_fed_in_pieces(data in prop::collection::vec(any::<u8>(), 0..5000), cut in any::<prop::sample::Index>()) {
        let (head, tail) = data.split_at(cut.index(data.len() + 1));
        prop_assert_eq!(crc32_partial(tail, crc32_partial(head, !0)), crc32_partial(&data, !0));
        prop_assert_eq!(crc32c_partial(tail, crc32c_partial(head, !0)), crc32c_partial(&data, !0));
    }

    #[test]
    fn finished_checksums_are_those_of_the_named_crates(data in prop::collection::vec(any::<u8>(), 0..20_000)) {
        prop_assert_eq!(crc32(&data), crc32fast::hash(&data));
        prop_assert_eq!(crc32c(&data), ::crc32c::crc32c(&data));
    }
}
