// SPDX-License-Identifier: LGPL-2.0-or-later
//! The ring of polynomials.

use mtproxy_ffi::checksum::{crc32_partial, crc32c_partial, gf32::*};
use support::Checksum;

use crate::{CRC32, CRC32C, Input};

/// The number of matrices in a table: enough for any length.
const MATRICES: usize = 67;

pub(crate) fn check(&Input { a, b, c, poly, long, data }: &Input) {
    let times = |a, b| mul(a, b, poly);
    assert_eq!(times(a, b), times(b, a));
    assert_eq!(times(a, times(b, c)), times(times(a, b), c));
    assert_eq!(times(a, b ^ c), times(a, b) ^ times(a, c));
    assert_eq!((times(a, ONE), times(a, ONE >> 1), times(a, 0)), (a, mulx(a, poly), 0));
    let (j, k) = (b >> 1, c >> 1);
    assert_eq!(pow(a, j + k, poly), times(pow(a, j, poly), pow(a, k, poly)));
    assert_eq!((pow(a, 0, poly), pow(a, 1, poly)), (ONE, a));
    let shifted = (0..c % 64).fold(b, |register, _| mulx(register, poly));
    assert_eq!(shifted, times(b, pow(ONE >> 1, c % 64, poly)), "{} steps", c % 64);

    let poly = [CRC32, CRC32C, poly, poly | ONE][a as usize % 4];
    shift(b, poly, long);
    for (poly, feed) in [(CRC32, crc32_partial as fn(&[u8], u32) -> u32), (CRC32C, crc32c_partial)] {
        assert_eq!(times_x8(a, poly, data.len() as u64), feed(&vec![0; data.len()], a));
    }
}

/// `a` times x^8, `count` times.
fn times_x8(mut a: u32, poly: u32, mut count: u64) -> u32 {
    let mut square = pow(ONE >> 1, 8, poly);
    while count != 0 {
        a = if count % 2 == 1 { mul(a, square, poly) } else { a };
        square = mul(square, square, poly);
        count /= 2;
    }
    a
}

/// A shift by either table must equal a multiplication by a power of x.
fn shift(register: u32, poly: u32, len: i64) {
    let mut tables = vec![[0; 32]; MATRICES];
    powers(&mut tables, poly);
    let expected = times_x8(register, poly, len.max(0) as u64);
    assert_eq!(combine(&tables, register, len), expected, "by {len} bytes");
    assert_eq!(
        combine(&tables[..tables_needed(len)], register, len),
        expected,
        "by {len} bytes, no more tables"
    );

    let mut wide = [[0; 4]; 63];
    wide_powers(&mut wide, poly);
    let unreduced = wide_combine(&wide, register, len);
    let low = (0..32).fold(unreduced as u32, |register, _| mulx(register, poly));
    assert_eq!(low ^ (unreduced >> 32) as u32, expected, "by {len} bytes, unreduced");
}

pub(crate) fn same(names: &Checksum, &Input { a, b, c, poly, long, .. }: &Input) {
    let exponent = (c >> 1) as i32;
    // SAFETY: numbers only. The exponent is not negative: the original would recurse for ever.
    unsafe {
        assert_eq!((names.gf32_mulx)(a, poly), mulx(a, poly));
        assert_eq!((names.gf32_mul)(a, b, poly), mul(a, b, poly));
        assert_eq!((names.gf32_pow)(a, exponent, poly), pow(a, exponent as u32, poly));
    }
    // For a polynomial whose powers vanish ours fills a table, and the original aborts.
    let poly = if names.is_original { poly | ONE } else { poly };
    let (mut theirs, mut ours) = (vec![[0; 32]; MATRICES], vec![[0; 32]; MATRICES]);
    powers(&mut ours, poly);
    // SAFETY: writable for that many words; the table covers the length. The length is at least 1: the original would
    // never end.
    unsafe {
        let words = theirs.as_mut_ptr().cast::<u32>();
        (names.gf32_compute_powers_generic)(words, 32 * MATRICES as i32, poly);
        let len = long.max(1);
        assert_eq!((names.gf32_combine_generic)(words, a, len), combine(&ours, a, len), "by {len} bytes");
    }
    assert_eq!(theirs, ours);
    same_wide(names, a, poly, long.max(1));
}

/// Aligned to 16 bytes, as the original requires.
#[repr(align(16))]
struct Wide(WidePowers);

fn same_wide(names: &Checksum, register: u32, poly: u32, len: i64) {
    let (mut theirs, mut ours) = (Wide([[0; 4]; 63]), Wide([[0; 4]; 63]));
    wide_powers(&mut ours.0, poly);
    let words = theirs.0.as_mut_ptr().cast::<u32>();
    // SAFETY: a writable table. The length is not 0: the original would read before the table.
    let shifted = unsafe {
        (names.gf32_compute_powers_clmul)(words, poly);
        can_clmul().then(|| (names.gf32_combine_clmul)(words, register, len))
    };
    assert_eq!(theirs.0, ours.0);
    assert!(shifted.is_none_or(|shifted| shifted == wide_combine(&ours.0, register, len)), "by {len} bytes");
}

/// True if the CPU has the instruction that the original's function uses without checking.
fn can_clmul() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("pclmulqdq");
    #[cfg(not(target_arch = "x86_64"))]
    false
}
