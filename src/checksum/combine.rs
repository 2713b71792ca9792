//! Combining: the checksum of two blocks in a row from the checksums of the two.
//!
//! Checksums here are finished ones, inverted at both ends. The inversions cancel: what remains is to shift the
//! first over as many zero bytes as the second block has, and to add the second.
#![forbid(unsafe_code)]

use super::{crc64, gf32};

const CRC32: u32 = 0xedb8_8320;
const CRC32C: u32 = 0x82f6_3b78;

/// x^(8·2^n) for each bit `n` of a positive length.
static CRC32_SHIFTS: [u32; 63] = shifts(CRC32);
static CRC32C_SHIFTS: [u32; 63] = shifts(CRC32C);
static CRC64_SHIFTS: [u64; 63] = shifts_64();

const fn shifts(poly: u32) -> [u32; 63] {
    let mut shifts = [gf32::ONE >> 8; 63];
    let mut bit = 1;
    while bit < 63 {
        shifts[bit] = gf32::mul(shifts[bit - 1], shifts[bit - 1], poly);
        bit += 1;
    }
    shifts
}

const fn shifts_64() -> [u64; 63] {
    let mut shifts = [1 << (63 - 8); 63];
    let mut bit = 1;
    while bit < 63 {
        shifts[bit] = crc64::mul(shifts[bit - 1], shifts[bit - 1]);
        bit += 1;
    }
    shifts
}

/// The CRC-32 of two blocks in a row, the second `len2` bytes long; `crc1` where `len2` is 0 or negative.
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
    combine(crc1, crc2, len2, &CRC32_SHIFTS, |a, b| gf32::mul(a, b, CRC32))
}

/// The CRC-32C of two blocks in a row, the second `len2` bytes long; `crc1` where `len2` is 0 or negative.
///
/// Legacy: `compute_crc32c_combine`.
#[must_use]
pub fn crc32c_combine(crc1: u32, crc2: u32, len2: i64) -> u32 {
    combine(crc1, crc2, len2, &CRC32C_SHIFTS, |a, b| gf32::mul(a, b, CRC32C))
}

/// The CRC-64 of two blocks in a row, the second `len2` bytes long; `crc1` where `len2` is 0 or negative.
///
/// Legacy: `compute_crc64_combine`.
#[must_use]
pub fn crc64_combine(crc1: u64, crc2: u64, len2: i64) -> u64 {
    combine(crc1, crc2, len2, &CRC64_SHIFTS, crc64::mul)
}

fn combine<T>(crc1: T, crc2: T, len2: i64, shifts: &[T; 63], mul: impl Fn(T, T) -> T) -> T
where
    T: Copy + core::ops::BitXor<Output = T>,
{
    if len2 <= 0 {
        return crc1;
    }
    let used = shifts.iter().enumerate().filter(|(bit, _)| len2 >> bit & 1 != 0);
    used.fold(crc1, |crc, (_, &shift)| mul(crc, shift)) ^ crc2
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
