// SPDX-License-Identifier: LGPL-2.0-or-later
//! Folding by PCLMULQDQ: the message is folded to one vector with the same remainder, and Barrett reduction computes the
//! register from it (Gopal et al., *Fast CRC Computation for Generic Polynomials Using PCLMULQDQ*).
//!
//! In a vector, bit i is the coefficient of x^(127 - i). A carry-less product of two 64-bit halves is one bit too low, and a
//! 32-bit constant is in the lower half of its 64 bits; hence the 33 in the exponents below.

use core::arch::x86_64::{
    __m128i, _mm_blendv_epi8, _mm_clmulepi64_si128, _mm_crc32_u64, _mm_cvtsi32_si128, _mm_cvtsi128_si64,
    _mm_extract_epi32, _mm_extract_epi64, _mm_loadu_si128, _mm_set_epi64x, _mm_shuffle_epi8, _mm_srli_si128,
    _mm_xor_si128,
};

use super::sse42;
use crate::checksum::polynomial::{CRC32C, Modulus};

/// The multipliers that move the lower and the upper half of a vector `bits` further down the message.
pub(super) const fn multipliers(polynomial: u32, bits: u32) -> (i64, i64) {
    let modulus = Modulus::of_32(polynomial);
    (modulus.x_to_the(bits + 64 - 33) as i64, modulus.x_to_the(bits - 33) as i64)
}

/// Constants of one polynomial.
struct Constants<const POLYNOMIAL: u32>;

impl<const POLYNOMIAL: u32> Constants<POLYNOMIAL> {
    const ONE: (i64, i64) = multipliers(POLYNOMIAL, 128);
    const TWO: (i64, i64) = multipliers(POLYNOMIAL, 256);
    const THREE: (i64, i64) = multipliers(POLYNOMIAL, 384);
    const FOUR: (i64, i64) = multipliers(POLYNOMIAL, 512);
    const REDUCTION: i64 = Modulus::of_32(POLYNOMIAL).x_to_the(95) as i64;
    /// x^95 divided by the polynomial: 64 bits with the leading term.
    const QUOTIENT: i64 = (Modulus::of_32(POLYNOMIAL).quotient_tail(63) << 1 | 1) as i64;
    const DIVISOR: i64 = Modulus::of_32(POLYNOMIAL).with_leading_term() as i64;
}

/// The register after `data`.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2, and `data` at least 16 bytes.
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn update<const POLYNOMIAL: u32>(data: &[u8], crc: u32) -> u32 {
    // SAFETY: the same preconditions.
    unsafe { update_inline::<POLYNOMIAL>(data, crc) }
}

/// [`update`] in AVX's three-operand instructions, which are a quarter fewer.
///
/// # Safety
/// The CPU has AVX, PCLMULQDQ and SSE4.2, and `data` at least 16 bytes.
#[target_feature(enable = "avx,pclmulqdq,sse4.2")]
pub(super) unsafe fn update_avx<const POLYNOMIAL: u32>(data: &[u8], crc: u32) -> u32 {
    // SAFETY: the same preconditions.
    unsafe { update_inline::<POLYNOMIAL>(data, crc) }
}

/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2, and `data` at least 16 bytes.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.2")]
unsafe fn update_inline<const POLYNOMIAL: u32>(data: &[u8], crc: u32) -> u32 {
    // SAFETY: at least 16 bytes, and the CPU's features, are this function's preconditions.
    unsafe {
        let register = _mm_cvtsi32_si128(crc as i32);
        // For fewer than two rounds of four vectors, folding four in parallel is not faster.
        let Some((four, mut rest)) = data.split_first_chunk::<64>().filter(|(_, rest)| rest.len() >= 64)
        else {
            let first = _mm_xor_si128(load(data, 0), register);
            return finish::<POLYNOMIAL>(first, data, 16);
        };
        let mut x = [_mm_xor_si128(load(four, 0), register), load(four, 16), load(four, 32), load(four, 48)];
        while let Some((four, tail)) = rest.split_first_chunk::<64>() {
            for (i, x) in x.iter_mut().enumerate() {
                *x = _mm_xor_si128(fold(*x, Constants::<POLYNOMIAL>::FOUR), load(four, 16 * i));
            }
            rest = tail;
        }
        let last = _mm_xor_si128(
            _mm_xor_si128(
                fold(x[0], Constants::<POLYNOMIAL>::THREE),
                fold(x[1], Constants::<POLYNOMIAL>::TWO),
            ),
            _mm_xor_si128(fold(x[2], Constants::<POLYNOMIAL>::ONE), x[3]),
        );
        finish::<POLYNOMIAL>(last, data, data.len() - rest.len())
    }
}

/// The register after a message whose first `done` bytes, at least 16, have been folded into `x`.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2, and `data` at least `done` bytes.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn finish<const POLYNOMIAL: u32>(mut x: __m128i, data: &[u8], done: usize) -> u32 {
    if POLYNOMIAL == CRC32C {
        // SAFETY: the CPU's features are this function's precondition.
        return unsafe { finish_by_instruction(x, data, done) };
    }
    let one = Constants::<POLYNOMIAL>::ONE;
    let mut at = done;
    // SAFETY: the CPU's features are this function's precondition; each load starts at least 16 bytes before the end.
    unsafe {
        while data.len() - at >= 16 {
            x = _mm_xor_si128(fold(x, one), load(data, at));
            at += 16;
        }
        if at < data.len() {
            x = shift_in(x, load(data, data.len() - 16), data.len() - at, one);
        }
        reduce::<POLYNOMIAL>(x)
    }
}

/// [`finish`] for CRC-32C by the `crc32` instruction, whose chain of dependent steps is shorter.
///
/// # Safety
/// The CPU has SSE4.2, and `data` at least `done` bytes.
#[inline]
#[target_feature(enable = "sse4.2")]
unsafe fn finish_by_instruction(x: __m128i, data: &[u8], done: usize) -> u32 {
    // SAFETY: SSE4.2, and that many bytes, are this function's preconditions.
    unsafe {
        let register = _mm_crc32_u64(0, _mm_cvtsi128_si64(x) as u64);
        let register = _mm_crc32_u64(register, _mm_extract_epi64(x, 1) as u64);
        sse42::crc32c(data.get_unchecked(done..), register as u32)
    }
}

/// Folds `count` further bytes, fewer than 16, which are the end of the vector `last`. `x` and these bytes together are
/// shifted, so that they end with a full vector, and the bytes shifted out at the front are folded.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2, and `count` is below 16.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn shift_in(x: __m128i, last: __m128i, count: usize, one: (i64, i64)) -> __m128i {
    /// Shuffles that shift a vector: 0xff gives a zero byte.
    static SHIFTS: [u8; 48] = {
        let mut shifts = [0xff; 48];
        let mut i = 0;
        while i < 16 {
            shifts[16 + i] = i as u8;
            i += 1;
        }
        shifts
    };
    // SAFETY: the CPU's features are this function's precondition; both loads lie within 48 bytes, as `count` is below
    // 16.
    unsafe {
        let pushed_out = _mm_shuffle_epi8(x, load(&SHIFTS, count));
        let up = load(&SHIFTS, count + 16);
        let kept = _mm_blendv_epi8(_mm_shuffle_epi8(x, up), last, up);
        _mm_xor_si128(fold(pushed_out, one), kept)
    }
}

/// Moves a vector down the message, by the distance of the multipliers.
///
/// # Safety
/// The CPU has PCLMULQDQ.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn fold(x: __m128i, (lower, upper): (i64, i64)) -> __m128i {
    // SAFETY: the CPU's features are this function's precondition.
    unsafe {
        let by = _mm_set_epi64x(upper, lower);
        _mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00), _mm_clmulepi64_si128(x, by, 0x11))
    }
}

/// As `clmul::fold_by`.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn fold_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> __m128i {
    // SAFETY: the CPU's features are this function's precondition.
    unsafe {
        let mut x = _mm_set_epi64x(upper as i64, 0);
        for (lower, upper) in multipliers {
            x = fold(x, (lower as i64, upper as i64));
        }
        x
    }
}

/// The upper half of `fold_by`, after a multiplier of its own has moved the lower half there.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2.
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn fold_up(
    upper: u64,
    multipliers: impl Iterator<Item = (u64, u64)>,
    bring_up: u64,
) -> u64 {
    // SAFETY: the CPU's features are this function's precondition.
    unsafe {
        let folded = fold_by(upper, multipliers);
        let brought_up = _mm_clmulepi64_si128(folded, _mm_set_epi64x(0, bring_up as i64), 0x00);
        _mm_extract_epi64(_mm_xor_si128(folded, brought_up), 1) as u64
    }
}

/// The register after the sixteen bytes of `fold_by`.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2.
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn register_by<const POLYNOMIAL: u32>(
    upper: u64,
    multipliers: impl Iterator<Item = (u64, u64)>,
) -> u32 {
    // SAFETY: the CPU's features are this function's precondition.
    unsafe { finish::<POLYNOMIAL>(fold_by(upper, multipliers), &[], 0) }
}

/// The register: the vector's polynomial times x^32, modulo the CRC's.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.2")]
unsafe fn reduce<const POLYNOMIAL: u32>(x: __m128i) -> u32 {
    // SAFETY: the CPU's features are this function's precondition.
    unsafe {
        // Reduces 128 bits and 32 zeros to 96 bits, at the front of the vector.
        let reduction = _mm_set_epi64x(0, Constants::<POLYNOMIAL>::REDUCTION);
        let x = _mm_xor_si128(_mm_clmulepi64_si128(x, reduction, 0x00), _mm_srli_si128(x, 8));
        // Barrett: the quotient of the first 64 of them, times the divisor, leaves the remainder in the next 32.
        let barrett = _mm_set_epi64x(Constants::<POLYNOMIAL>::DIVISOR, Constants::<POLYNOMIAL>::QUOTIENT);
        let quotient = _mm_clmulepi64_si128(x, barrett, 0x00);
        let multiple = _mm_clmulepi64_si128(quotient, barrett, 0x10);
        _mm_extract_epi32(_mm_xor_si128(x, multiple), 2) as u32
    }
}

/// The 16 bytes from `at` on.
///
/// # Safety
/// They lie within `data`.
#[inline]
pub(super) unsafe fn load(data: &[u8], at: usize) -> __m128i {
    debug_assert!(at + 16 <= data.len());
    // SAFETY: within `data`, as the caller promises; the load needs no alignment, and SSE2 is part of x86-64.
    unsafe { _mm_loadu_si128(data.as_ptr().add(at).cast()) }
}
