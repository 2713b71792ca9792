// SPDX-License-Identifier: LGPL-2.0-or-later
//! Combining: the checksum of two consecutive blocks, from the checksums of both.
//!
//! The checksums are finished, so inverted at both ends. The inversions cancel: it remains to shift the first checksum over
//! as many zero bytes as the second block is long, and to add the second checksum.
#![forbid(unsafe_code)]

use super::{
    arch, crc32_partial, crc32c_partial, crc64_partial,
    gf32::{self, WidePowers},
    polynomial::{CRC32, CRC32C, CRC64},
};

static CRC32_POWERS: WidePowers = wide_powers(CRC32);
static CRC32C_POWERS: WidePowers = wide_powers(CRC32C);

const fn wide_powers(poly: u32) -> WidePowers {
    let mut powers = [[0; 4]; 63];
    gf32::wide_powers(&mut powers, poly);
    powers
}

/// For each bit `n` of a length, x^(8·2^n + 63) and x^(8·2^n - 1).
static CRC64_POWERS: [(u64, u64); 63] = {
    let mut powers = [(0, 0); 63];
    let mut near = CRC64.x_to_the(7);
    let mut bit = 0;
    while bit < 63 {
        powers[bit] = (CRC64.product(near, CRC64.x_to_the(64)), near);
        near = CRC64.times_x(CRC64.product(near, near));
        bit += 1;
    }
    powers
};

/// The CRC-32 of two consecutive blocks, the second `len2` bytes long; `crc1` if `len2` is 0 or negative.
///
/// Legacy: `compute_crc32_combine`.
///
/// ```
/// use mtproxy_ffi::checksum::{crc32, crc32_combine};
///
/// assert_eq!(crc32_combine(crc32(b"1234"), crc32(b"56789"), 5), crc32(b"123456789"));
/// ```
#[must_use]
pub fn crc32_combine(crc1: u32, crc2: u32, len2: i64) -> u32 {
    combine_32::<CRC32>(crc1, crc2, len2, &CRC32_POWERS, crc32_partial)
}

/// The CRC-32C of two consecutive blocks, the second `len2` bytes long; `crc1` if `len2` is 0 or negative.
///
/// Legacy: `compute_crc32c_combine`.
#[must_use]
pub fn crc32c_combine(crc1: u32, crc2: u32, len2: i64) -> u32 {
    combine_32::<CRC32C>(crc1, crc2, len2, &CRC32C_POWERS, crc32c_partial)
}

/// The CRC-64 of two consecutive blocks, the second `len2` bytes long; `crc1` if `len2` is 0 or negative.
///
/// Legacy: `compute_crc64_combine`.
#[must_use]
pub fn crc64_combine(crc1: u64, crc2: u64, len2: i64) -> u64 {
    // As in the function below, for a register of eight bytes.
    match len2 {
        ..=0 => crc1,
        1..8 => zeros(len2, crc1, crc64_partial) ^ crc2,
        _ => {
            let multipliers =
                gf32::set_bits(len2 as u64 - 8).filter_map(|bit| CRC64_POWERS.get(bit)).copied();
            arch::crc64_by(crc1, multipliers) ^ crc2
        }
    }
}

#[inline]
fn combine_32<const POLYNOMIAL: u32>(
    crc1: u32,
    crc2: u32,
    len2: i64,
    powers: &WidePowers,
    partial: fn(&[u8], u32) -> u32,
) -> u32 {
    match len2 {
        ..=0 => crc1,
        1..4 => zeros(len2, crc1, partial) ^ crc2,
        // The checksum itself reduces 128 bits to a register, and also shifts by four bytes.
        _ => {
            let multipliers = gf32::wide_multipliers(powers, len2 - 4);
            arch::register_by::<POLYNOMIAL>(u64::from(crc1) << 32, multipliers) ^ crc2
        }
    }
}

/// The register after fewer than 8 zero bytes.
#[inline(never)]
fn zeros<T>(len: i64, crc: T, partial: fn(&[u8], T) -> T) -> T {
    partial([0; 8].get(..len as usize).unwrap_or_default(), crc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::{crc32, crc32c, crc64};

    #[test]
    fn combined_is_the_checksum_of_the_whole() {
        let data: Vec<u8> = (0..1000u32).map(|i| (i * 7 + 3) as u8).collect();
        for at in [0, 1, 2, 7, 500, 999] {
            let (a, b) = data.split_at(at);
            let len = b.len() as i64;
            assert_eq!(crc32_combine(crc32(a), crc32(b), len), crc32(&data));
            assert_eq!(crc32c_combine(crc32c(a), crc32c(b), len), crc32c(&data));
            assert_eq!(crc64_combine(crc64(a), crc64(b), len), crc64(&data));
        }
    }

    #[test]
    fn without_a_second_block_its_checksum_does_not_count() {
        for len2 in [0, -1, i64::MIN] {
            assert_eq!((crc32_combine(1, 2, len2), crc64_combine(1, 2, len2)), (1, 1));
        }
    }
}
