// SPDX-License-Identifier: LGPL-2.0-or-later
//! Polynomials over GF(2) of degree below 32, modulo one of degree 32. They shift a CRC over zero bytes.
//!
//! Bits are reflected, as in the checksums: the top bit is the coefficient of 1, so [`ONE`] is 0x80000000. The
//! modulus `poly` is written without its leading term, which also makes it the element x^32.
#![forbid(unsafe_code)]

use super::{arch, polynomial::Modulus};

/// The element 1.
pub const ONE: u32 = 0x8000_0000;

/// A linear map on the register: row `n` is the image of bit `n`.
pub type Matrix = [u32; 32];

/// The matrix tables of [`combine`] start with three that shift by less than a byte: by 1, 2 and 4 bits.
const SUB_BYTE: u32 = 3;

/// The table of [`wide_powers`]: for each bit `n` of a length, x^(8·2^n + 63) and x^(8·2^n - 1), each above 32 zero bits.
pub type WidePowers = [[u32; 4]; 63];

/// `a` times x.
///
/// Legacy: `gf32_mulx`.
#[must_use]
pub const fn mulx(a: u32, poly: u32) -> u32 {
    Modulus::of_32(poly).times_x(a as u64) as u32
}

/// `a` times `b`.
///
/// Legacy: `gf32_mul`.
///
/// ```
/// use mtproxy_ffi::checksum::gf32::{ONE, mul};
///
/// assert_eq!(mul(0xdb71_0641, ONE, 0xedb8_8320), 0xdb71_0641);
/// ```
#[must_use]
pub const fn mul(a: u32, b: u32, poly: u32) -> u32 {
    Modulus::of_32(poly).product(a as u64, b as u64) as u32
}

/// `a` to the power `k`.
///
/// Legacy: `gf32_pow`.
///
/// ```
/// use mtproxy_ffi::checksum::gf32::{ONE, pow};
///
/// assert_eq!(pow(3, 0, 0xedb8_8320), ONE);
/// assert_eq!(pow(ONE >> 1, 32, 0xedb8_8320), 0xedb8_8320);
/// ```
#[must_use]
pub const fn pow(a: u32, k: u32, poly: u32) -> u32 {
    Modulus::of_32(poly).power(a as u64, k) as u32
}

/// Fills `tables` with matrices: the first shifts by one bit, each further one by twice as many bits as the one before.
///
/// Legacy: `gf32_compute_powers_generic`.
#[cold] // at most once in a process
pub fn powers(tables: &mut [Matrix], poly: u32) {
    let mut shift = [0; 32];
    for (bit, row) in shift.iter_mut().enumerate() {
        *row = mulx(1 << bit, poly);
    }
    for table in tables {
        *table = shift;
        for row in &mut shift {
            *row = times(table, *row);
        }
    }
}

/// Shifts the register `crc` by `len` bytes, with the matrices of [`powers`]; returns `crc` if `len` is 0 or negative. Bits
/// of `len` without a matrix are ignored.
///
/// Legacy: `gf32_combine_generic`.
///
/// ```
/// use mtproxy_ffi::checksum::{crc32_partial, gf32};
///
/// let mut tables = [[0; 32]; 10];
/// gf32::powers(&mut tables, 0xedb8_8320);
/// assert_eq!(gf32::combine(&tables, 123, 100), crc32_partial(&[0; 100], 123));
/// ```
#[must_use]
pub fn combine(tables: &[Matrix], crc: u32, len: i64) -> u32 {
    let tables = tables.iter().skip(SUB_BYTE as usize);
    bits_of(len).zip(tables).fold(crc, |crc, (set, table)| if set { times(table, crc) } else { crc })
}

/// The number of matrices that [`combine`] uses for a length.
#[must_use]
pub fn tables_needed(len: i64) -> usize {
    (SUB_BYTE + i64::BITS - len.max(0).leading_zeros()) as usize
}

/// Fills `table` for [`wide_combine`].
///
/// Legacy: `gf32_compute_powers_clmul`.
#[cold] // as `powers`
pub const fn wide_powers(table: &mut WidePowers, poly: u32) {
    let x64 = mul(poly, poly, poly);
    let mut power = ONE >> 7;
    let mut bit = 0;
    while bit < table.len() {
        table[bit] = [0, mul(power, x64, poly), 0, power];
        power = mulx(mul(power, power, poly), poly);
        bit += 1;
    }
}

/// Shifts the register `crc` by `len` bytes, with the table of [`wide_powers`], but does not reduce the result: feeding the
/// lower half to the checksum as four bytes, and adding the upper half, gives the register. If `len` is 0 or negative, the
/// upper half is `crc`.
///
/// Legacy: `gf32_combine_clmul`.
#[must_use]
pub fn wide_combine(table: &WidePowers, crc: u32, len: i64) -> u64 {
    // x^63 moves the lower half to the upper one.
    let [_, _, _, row, ..] = table;
    let (_, x63) = halves(row);
    arch::fold_up(u64::from(crc) << 32, wide_multipliers(table, len), x63)
}

/// The multipliers that shift a register, in the upper 32 of 128 bits, by `len` bytes.
#[inline]
pub(super) fn wide_multipliers(table: &WidePowers, len: i64) -> impl Iterator<Item = (u64, u64)> + '_ {
    set_bits(len.max(0) as u64).filter_map(|bit| table.get(bit)).map(halves)
}

/// The bits of a length, lowest first; all 0 if it is negative.
fn bits_of(len: i64) -> impl Iterator<Item = bool> {
    let len = len.max(0);
    (0..i64::BITS - 1).map(move |bit| len >> bit & 1 != 0)
}

fn halves(&[a, b, c, d]: &[u32; 4]) -> (u64, u64) {
    (u64::from(b) << 32 | u64::from(a), u64::from(d) << 32 | u64::from(c))
}

/// `matrix` times `vector`.
fn times(matrix: &Matrix, vector: u32) -> u32 {
    set_bits(vector.into()).filter_map(|bit| matrix.get(bit)).fold(0, |sum, row| sum ^ row)
}

/// The numbers of the bits that are set, lowest first.
#[inline]
pub(super) fn set_bits(mut bits: u64) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let lowest = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (lowest < u64::BITS).then_some(lowest as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::crc32_partial;

    const POLY: u32 = 0xedb8_8320;

    #[test]
    fn one_is_neutral_and_x_is_one_step() {
        for a in [0, 1, ONE, POLY, 0x1234_5678] {
            assert_eq!(mul(a, ONE, POLY), a);
            assert_eq!(mul(a, ONE >> 1, POLY), mulx(a, POLY));
        }
    }

    #[test]
    fn both_ways_to_shift_agree_with_feeding_zeros() {
        let (mut tables, mut wide) = ([[0; 32]; 66], [[0; 4]; 63]);
        powers(&mut tables, POLY);
        wide_powers(&mut wide, POLY);
        for len in [0, 1, 2, 3, 8, 31, 255, 1000] {
            let expected = crc32_partial(&vec![0; len], 0xdead_beef);
            assert_eq!(combine(&tables, 0xdead_beef, len as i64), expected, "{len}");
            let unreduced = wide_combine(&wide, 0xdead_beef, len as i64);
            let low = crc32_partial(&(unreduced as u32).to_le_bytes(), 0);
            assert_eq!(low ^ (unreduced >> 32) as u32, expected, "{len}, unreduced");
        }
    }

    #[test]
    fn no_length_reaches_past_a_table() {
        for len in [i64::MIN, -1, 0, i64::MAX] {
            let _ = combine(&[], 5, len);
            let _ = wide_combine(&[[!0; 4]; 63], 5, len);
            assert!(tables_needed(len) <= 66);
        }
        assert_eq!(combine(&[], 5, -1), 5);
        assert_eq!(wide_combine(&[[!0; 4]; 63], 5, 0), 5 << 32);
    }
}
