// SPDX-License-Identifier: LGPL-2.0-or-later
//! Repairing a block with one flipped bit, from its CRC-32.
//!
//! Bits are numbered from the end of the block and its checksum: 0 to 31 are the checksum's; 32 is the top bit of the last
//! byte; the numbers grow towards the front, in each byte from its top bit down. Flipping bit `k` changes the checksum by
//! x^k, so the flipped bit is the logarithm of the difference between the computed and the stored checksum.
#![forbid(unsafe_code)]

use core::fmt;

use super::{
    crc32, gf32,
    polynomial::{CRC32, Modulus},
};

/// x^-1.
const BACK_1: u32 = Modulus::of_32(CRC32).x_to_the(UNITS - 1) as u32;
/// Multiplication by x^-32, four bits at a time: row `n` is for bits `4n` to `4n + 3`.
static BACK_32: [[u32; 16]; 8] = back_32_table();

const fn back_32_table() -> [[u32; 16]; 8] {
    let back_32 = gf32::pow(BACK_1, 32, CRC32);
    let mut table = [[0; 16]; 8];
    let mut n = 0;
    while n < 8 {
        let mut bits = 0;
        while bits < 16 {
            table[n][bits] = gf32::mul((bits as u32) << (4 * n), back_32, CRC32);
            bits += 1;
        }
        n += 1;
    }
    table
}

/// The number of powers of x: all polynomials but 0, because CRC-32's polynomial is primitive.
const UNITS: u32 = u32::MAX;

/// A step of the algorithm of Pohlig and Hellman, which finds the logarithm of a power of x modulo each prime factor of
/// [`UNITS`] in turn.
struct Residue {
    /// The product of the factors before this one. The logarithm modulo this product is already known.
    modulus: u32,
    /// The exponent that reduces a power to the part that depends on this factor.
    exponent: u32,
    /// The factor that lowers the reduced power by one step.
    step_back: u32,
}

/// The largest factor comes last, because its steps end early if the logarithm is known to be small.
static RESIDUES: [Residue; 5] = {
    let factors = [257, 17, 5, 3, 65537];
    let mut residues = [const { Residue { modulus: 1, exponent: 1, step_back: 1 } }; 5];
    let mut modulus = 1;
    let mut n = 0;
    while n < factors.len() {
        let step_back = gf32::pow(BACK_1, UNITS / factors[n], CRC32);
        residues[n] = Residue { modulus, exponent: UNITS / factors[n] / modulus, step_back };
        modulus *= factors[n];
        n += 1;
    }
    residues
};

/// Up to this many positions are tried in turn; for more, the logarithm is calculated.
const FEW: i64 = 1 << 16;

/// The reason why a numbered bit cannot be flipped in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSuchBit {
    /// The number is negative.
    Negative,
    /// The bit is past the front of the block.
    PastFront,
    /// The bit belongs to the checksum.
    InChecksum,
}

impl fmt::Display for NoSuchBit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Negative => "the number of the bit is negative",
            Self::PastFront => "the bit is past the front of the block",
            Self::InChecksum => "the bit belongs to the checksum",
        })
    }
}

impl core::error::Error for NoSuchBit {}

/// The result of comparing and repairing a block and its stored checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They agree.
    Intact,
    /// One bit of the block was wrong; it is flipped back.
    DataRepaired,
    /// One bit of the stored checksum was wrong; the checksum is replaced.
    ChecksumRepaired,
    /// More than one bit is wrong; the stored checksum is replaced, and the block is unchanged.
    Beyond,
}

/// The side of the square in which the legacy search arranges `8 * (len + 4)` positions; `None` if there are none.
///
/// It decides how far past the front of a block [`find_corrupted_bit`] searches.
#[must_use]
pub fn search_side(len: i32) -> Option<(i32, i32)> {
    let positions = len.wrapping_add(4).wrapping_shl(3);
    let side = (f64::from(positions).sqrt() + 0.5) as i32;
    (positions > 0).then_some((positions, side))
}

/// Finds the one bit whose flipping changes the CRC-32 of a block of `len` bytes, or the stored checksum itself, by
/// `diff`. `None` if there is no such bit, or `diff` is 0.
///
/// Like the legacy search it also finds bits a little past the front of the block. `None` also for a `len` for which the
/// legacy search ends the process: below -3, and from 268,435,452 on, which is 2^31 bits with the checksum.
///
/// Legacy: `crc32_find_corrupted_bit`, whose time is proportional to the square root of the length. This function
/// calculates a logarithm from 8 KiB on.
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
    if diff == 0 {
        return None;
    }
    let bit =
        if end <= FEW { one_by_one(diff, end) } else { logarithm(diff, end, |a, b| gf32::mul(a, b, CRC32)) };
    i32::try_from(bit?).ok()
}

/// The logarithm of a power of x if it is below `end`, found by trying 32 positions at a time.
fn one_by_one(mut power: u32, end: i64) -> Option<i64> {
    let mut passed = 0;
    while passed < end {
        // The first 32 powers of x have a single bit set, so they need no table.
        if power.is_power_of_two() {
            return Some(passed + i64::from(power.leading_zeros())).filter(|&bit| bit < end);
        }
        power =
            BACK_32.iter().enumerate().fold(0, |sum, (n, row)| sum ^ row[(power >> (4 * n)) as usize & 15]);
        passed += 32;
    }
    None
}

/// As [`one_by_one`], calculated with a few hundred products, and one for each 65,535 positions.
fn logarithm(power: u32, end: i64, mut product: impl FnMut(u32, u32) -> u32) -> Option<i64> {
    let mut known = 0u32;
    for &Residue { modulus, exponent, step_back } in &RESIDUES {
        let rest = gf32::mul(power, gf32::pow(BACK_1, known, CRC32), CRC32);
        let mut value = gf32::pow(rest, exponent, CRC32);
        // The parts still unknown can only increase the known part.
        while value != gf32::ONE && i64::from(known) < end {
            value = product(value, step_back);
            known += modulus;
        }
    }
    Some(known.into()).filter(|&bit| bit < end)
}

/// The place of bit `k` in a block of `len` bytes: the index of its byte, and a byte with only this bit set.
///
/// # Errors
/// [`NoSuchBit`] if the bit is not in the block.
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
/// [`NoSuchBit`] if the bit is not in the block.
pub fn repair_bit(block: &mut [u8], k: i32) -> Result<(), NoSuchBit> {
    let len = i32::try_from(block.len()).unwrap_or(i32::MAX);
    let (index, bit) = bit_place(len, k)?;
    *block.get_mut(index).ok_or(NoSuchBit::PastFront)? ^= bit;
    Ok(())
}

/// The repair for a stored checksum that differs by `diff` from the one computed over `len` bytes: none, flipping the bit at
/// the returned place, or replacing the checksum.
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

/// Compares a block with its stored CRC-32, and repairs one wrong bit in either.
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
        assert_eq!(find_corrupted_bit(268_435_452, 1 << 31), None);
        assert_eq!(find_corrupted_bit(268_435_451, 1 << 31), Some(0));
    }

    #[test]
    fn the_side_is_the_square_root_rounded_to_the_nearest() {
        // Around each k² + k, where the rounding changes, and at both ends.
        let products = (1..46_341i64).map(|k| k * k + k);
        for positions in
            products.flat_map(|middle| [middle / 8 * 8, middle / 8 * 8 + 8]).chain([8, 0x7fff_fff8])
        {
            let len = i32::try_from(positions / 8 - 4).expect("a length");
            let Some((found, side)) = search_side(len) else {
                assert!(!(8..1 << 31).contains(&positions), "{positions}");
                continue;
            };
            let (n, side) = (i64::from(found), i64::from(side));
            assert_eq!(n, positions);
            // (side - 1/2)² < n < (side + 1/2)²: neither is whole.
            assert!(side * side - side < n && n <= side * side + side, "{n}: {side}");
        }
        assert_eq!(search_side(-4), None);
        assert_eq!(search_side(i32::MAX), Some((24, 5)));
    }

    /// The number of products that the calculation takes, and its result.
    fn counted(power: u32, end: i64) -> (u32, Option<i64>) {
        let mut count = 0;
        let bit = logarithm(power, end, |a, b| {
            count += 1;
            gf32::mul(a, b, CRC32)
        });
        (count, bit)
    }

    #[test]
    fn calculated_and_tried_one_by_one_are_the_same() {
        for bit in (0..3000).chain((3000..400_000).step_by(7919)).chain([65_534, 65_535, 65_536, 131_071]) {
            let power = gf32::pow(gf32::ONE >> 1, bit, CRC32);
            for end in [i64::from(bit), i64::from(bit) + 1, 400_000] {
                let expected = Some(i64::from(bit)).filter(|&bit| bit < end);
                assert_eq!(counted(power, end).1, expected, "{bit} below {end}");
                assert_eq!(one_by_one(power, end), expected, "{bit} below {end}");
            }
        }
    }

    #[test]
    fn the_longest_block_takes_no_more_steps_than_the_root_of_its_bits() {
        let len = 268_435_451;
        let (positions, side) = search_side(len).expect("a length");
        assert_eq!((positions, side), (0x7fff_fff8, 46341));
        for bit in [0, 1, 65_535 * 32_767, positions - 1] {
            let power = gf32::pow(gf32::ONE >> 1, bit as u32, CRC32);
            assert_eq!(find_corrupted_bit(len, power), Some(bit));
            let (count, found) = counted(power, positions.into());
            assert_eq!(found, Some(bit.into()));
            assert!(count <= side as u32, "{count} products for bit {bit}");
        }
        // The position of x^(2^32 - 2) is past the front of every block.
        assert!(counted(BACK_1, positions.into()).0 <= side as u32);
        assert_eq!(find_corrupted_bit(len, BACK_1), None);
        // A block of 64 KiB.
        assert!(counted(BACK_1, 1 << 19).0 <= 300);
    }
}
