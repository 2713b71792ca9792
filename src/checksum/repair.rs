//! Repairing a block with one flipped bit, from its CRC-32.
//!
//! Bits are counted from the end of a block that is followed by its checksum: 0 to 31 are the checksum's; 32 is the
//! top bit of the last byte, and on to the front, each byte from its top bit down. Flipping bit `k` changes the
//! checksum by x^k, so that the flipped bit is the logarithm of the difference between computed and stored.
#![forbid(unsafe_code)]

use super::{crc32, gf32};

const POLYNOMIAL: u32 = 0xedb8_8320;
/// x^-1.
const BACK_1: u32 = 0xdb71_0641;
/// Times x^-32, four bits at a time: row `n` is for bits `4n` to `4n + 3`.
static BACK_32: [[u32; 16]; 8] = back_32_table();

const fn back_32_table() -> [[u32; 16]; 8] {
    let back_32 = gf32::pow(BACK_1, 32, POLYNOMIAL);
    let mut table = [[0; 16]; 8];
    let mut n = 0;
    while n < 8 {
        let mut bits = 0;
        while bits < 16 {
            table[n][bits] = gf32::mul((bits as u32) << (4 * n), back_32, POLYNOMIAL);
            bits += 1;
        }
        n += 1;
    }
    table
}

/// Why a numbered bit cannot be flipped in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSuchBit {
    /// The number is negative.
    Negative,
    /// The block ends before it.
    PastFront,
    /// It is one of the checksum's.
    InChecksum,
}

/// What became of a block and its stored checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They agree.
    Intact,
    /// One bit of the block was wrong, and is flipped back.
    DataRepaired,
    /// One bit of the stored checksum was wrong; it is replaced.
    ChecksumRepaired,
    /// More than one bit is wrong; the stored checksum is replaced, the block as it was.
    Beyond,
}

/// The side of the square that the legacy search lays `8 * (len + 4)` positions out in; `None` where there are none.
///
/// It decides how far past the front of a block [`find_corrupted_bit`] looks.
#[must_use]
pub fn search_side(len: i32) -> Option<(i32, i32)> {
    let positions = len.wrapping_add(4).wrapping_shl(3);
    let square = u32::try_from(positions).ok().filter(|&positions| positions > 0)?;
    // The square root, rounded to the nearest.
    let floor = square.isqrt();
    let side = floor + u32::from(square - floor * floor > floor);
    Some((positions, side as i32))
}

/// Finds the one bit whose flipping changes the CRC-32 of a block of `len` bytes, or the stored checksum itself, by
/// `diff`. `None` where there is no such bit, or `diff` is 0.
///
/// As the legacy search it also finds bits a little past the front of the block.
///
/// Legacy: `crc32_find_corrupted_bit`.
///
/// ```
/// use mtproxy_ffi::checksum::{crc32, find_corrupted_bit};
///
/// let diff = crc32(b"1234%6789") ^ crc32(b"123456789");
/// assert_eq!(find_corrupted_bit(9, diff), Some(67));
/// ```
#[must_use]
pub fn find_corrupted_bit(len: i32, diff: u32) -> Option<i32> {
    let (positions, side) = search_side(len)?;
    let end = i64::from(side) * (i64::from(positions.checked_div(side)?) + 1);
    // The first 32 powers of x have a single bit set: no table is needed to know them.
    let mut power = diff;
    let mut passed = 0;
    while passed < end && power != 0 {
        if power.is_power_of_two() {
            let bit = passed + i64::from(power.leading_zeros());
            return i32::try_from(bit).ok().filter(|_| bit < end);
        }
        power =
            BACK_32.iter().enumerate().fold(0, |sum, (n, row)| sum ^ row[(power >> (4 * n)) as usize & 15]);
        passed += 32;
    }
    None
}

/// Where bit `k` is in a block of `len` bytes: the index of its byte, and the bit alone.
///
/// # Errors
/// [`NoSuchBit`] where it is not in the block.
pub fn bit_place(len: i32, k: i32) -> Result<(usize, u8), NoSuchBit> {
    if k < 0 {
        return Err(NoSuchBit::Negative);
    }
    let from_end = i64::from(k / 8 - 4);
    let index = i64::from(len) - 1 - from_end;
    match usize::try_from(index) {
        Err(_) => Err(NoSuchBit::PastFront),
        Ok(_) if index >= i64::from(len) => Err(NoSuchBit::InChecksum),
        Ok(index) => Ok((index, 0x80 >> (k % 8))),
    }
}

/// Flips bit `k` of a block.
///
/// Legacy: `crc32_repair_bit`.
///
/// ```
/// let mut block = *b"1234%6789";
/// mtproxy_ffi::checksum::repair_bit(&mut block, 67)?;
/// assert_eq!(&block, b"123456789");
/// # Ok::<(), mtproxy_ffi::checksum::NoSuchBit>(())
/// ```
///
/// # Errors
/// [`NoSuchBit`] where it is not in the block.
pub fn repair_bit(block: &mut [u8], k: i32) -> Result<(), NoSuchBit> {
    let len = i32::try_from(block.len()).unwrap_or(i32::MAX);
    let (index, bit) = bit_place(len, k)?;
    *block.get_mut(index).ok_or(NoSuchBit::PastFront)? ^= bit;
    Ok(())
}

/// What can be done about a stored checksum that differs by `diff` from the one computed over `len` bytes: nothing is
/// needed, the bit at this place is to be flipped, or the checksum is to be replaced.
#[must_use]
pub fn diagnose(len: i32, diff: u32) -> (Verdict, Option<(usize, u8)>) {
    if diff == 0 {
        return (Verdict::Intact, None);
    }
    let place = find_corrupted_bit(len, diff).and_then(|k| bit_place(len, k).ok());
    match place {
        Some(_) => (Verdict::DataRepaired, place),
        None if diff.is_power_of_two() => (Verdict::ChecksumRepaired, None),
        None => (Verdict::Beyond, None),
    }
}

/// Compares a block with its stored CRC-32, and puts right whichever has one wrong bit.
///
/// Legacy: `crc32_check_and_repair`.
///
/// ```
/// use mtproxy_ffi::checksum::{Verdict, check_and_repair};
///
/// let (mut block, mut stored) = (*b"1234%6789", 0xcbf4_3926);
/// assert_eq!(check_and_repair(&mut block, &mut stored), Verdict::DataRepaired);
/// assert_eq!(&block, b"123456789");
/// ```
pub fn check_and_repair(block: &mut [u8], stored: &mut u32) -> Verdict {
    let computed = crc32(block);
    let len = i32::try_from(block.len()).unwrap_or(i32::MAX);
    let (verdict, place) = diagnose(len, computed ^ *stored);
    if let Some(byte) = place.and_then(|(index, _)| block.get_mut(index)) {
        *byte ^= place.map_or(0, |(_, bit)| bit);
    } else {
        *stored = computed;
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_single_flip_is_found_and_undone() {
        let good: Vec<u8> = (0..300u32).map(|i| (i * 13 + 1) as u8).collect();
        let checksum = crc32(&good);
        for bit in 0..8 * good.len() {
            let (mut block, mut stored) = (good.clone(), checksum);
            block[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check_and_repair(&mut block, &mut stored), Verdict::DataRepaired);
            assert_eq!((&block, stored), (&good, checksum));
        }
        for bit in 0..32 {
            let (mut block, mut stored) = (good.clone(), checksum ^ (1 << bit));
            assert_eq!(check_and_repair(&mut block, &mut stored), Verdict::ChecksumRepaired);
            assert_eq!((&block, stored), (&good, checksum));
        }
    }

    #[test]
    fn two_flips_are_beyond_repair() {
        let (mut block, mut stored) = (*b"1234%678:", 0xcbf4_3926);
        assert_eq!(check_and_repair(&mut block, &mut stored), Verdict::Beyond);
        assert_eq!((&block, stored), (b"1234%678:", crc32(b"1234%678:")));
    }

    #[test]
    fn impossible_sizes_have_no_bits() {
        for len in [i32::MIN, -5, -4, i32::MAX] {
            let _ = bit_place(len, i32::MAX);
        }
        assert_eq!(find_corrupted_bit(-4, 1), None);
        assert_eq!(find_corrupted_bit(-5, 1), None);
        assert_eq!(find_corrupted_bit(0, 1_994_146_192), Some(33));
    }
}
