// SPDX-License-Identifier: LGPL-2.0-or-later
//! The checksum of two blocks in a row.

use mtproxy_ffi::checksum::{
    crc32, crc32_combine, crc32_partial, crc32c, crc32c_combine, crc32c_partial, crc64, crc64_combine,
    crc64_feed_byte, crc64_partial,
};
use support::Checksum;

use crate::Input;

/// The longest run of zeros that is fed to the checksum.
const ZEROS: &[u8] = &[0; 4096];

pub(crate) fn check(input: &Input) {
    let (first, second) = input.data.split_at(input.a as usize % (input.data.len() + 1));
    let len = second.len() as i64;
    assert_eq!(crc32_combine(crc32(first), crc32(second), len), crc32(input.data));
    assert_eq!(crc32c_combine(crc32c(first), crc32c(second), len), crc32c(input.data));
    assert_eq!(crc64_combine(crc64(first), crc64(second), len), crc64(input.data));
    let bytewise = input.data.iter().fold(input.long as u64, |crc, &byte| crc64_feed_byte(crc, byte));
    assert_eq!(crc64_partial(input.data, input.long as u64), bytewise);

    // Any two numbers: the first is shifted over zeros and the second is added; without a second block the first stays.
    let (one, other) = (input.a, input.b);
    let (wide_one, wide_other) = (u64::from(input.a) << 32 | u64::from(input.c), input.long as u64);
    let zeros = &ZEROS[..input.c as usize % ZEROS.len() + 1];
    let len = zeros.len() as i64;
    assert_eq!(crc32_combine(one, other, len), crc32_partial(zeros, one) ^ other);
    assert_eq!(crc32c_combine(one, other, len), crc32c_partial(zeros, one) ^ other);
    assert_eq!(crc64_combine(wide_one, wide_other, len), crc64_partial(zeros, wide_one) ^ wide_other);
    let none = input.long.min(0);
    assert_eq!(
        (crc32_combine(one, other, none), crc32c_combine(one, other, none), crc64_combine(wide_one, 1, none)),
        (one, one, wide_one)
    );

    // Lengths too great to feed: two steps must give the result of one.
    let far = input.long.max(1);
    if let Some(both) = far.checked_add(len) {
        assert_eq!(crc32_combine(crc32_combine(one, 0, far), other, len), crc32_combine(one, other, both));
        assert_eq!(crc32c_combine(crc32c_combine(one, 0, far), other, len), crc32c_combine(one, other, both));
        assert_eq!(
            crc64_combine(crc64_combine(wide_one, 0, far), wide_other, len),
            crc64_combine(wide_one, wide_other, both)
        );
    }
}

pub(crate) fn same(names: &Checksum, input: &Input) {
    let (one, other, len) = (input.a, input.b, input.long);
    let (wide_one, wide_other) = (u64::from(one) << 32 | u64::from(other), u64::from(input.c) << 16);
    let data = input.data;
    let (at, size) = (data.as_ptr().cast(), data.len() as i64);
    // SAFETY: the variables hold functions from the start on; the data is readable for its length.
    unsafe {
        assert_eq!((*names.compute_crc32_combine)(one, other, len), crc32_combine(one, other, len));
        assert_eq!((*names.compute_crc32c_combine)(one, other, len), crc32c_combine(one, other, len));
        assert_eq!(
            (*names.compute_crc64_combine)(wide_one, wide_other, len),
            crc64_combine(wide_one, wide_other, len)
        );
        assert_eq!((*names.crc64_partial)(at, size, wide_one), crc64_partial(data, wide_one));
        assert_eq!((names.crc64_partial_one_table)(at, size, wide_one), crc64_partial(data, wide_one));
        assert_eq!((names.crc64_feed_byte)(wide_one, one as u8), crc64_feed_byte(wide_one, one as u8));
    }
}
