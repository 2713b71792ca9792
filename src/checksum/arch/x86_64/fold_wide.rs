// SPDX-License-Identifier: LGPL-2.0-or-later
//! Folding by VPCLMULQDQ: as `fold`, two or four vectors in one register.

use core::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cvtsi32_si128, _mm_xor_si128, _mm256_castsi256_si128,
    _mm256_clmulepi64_epi128, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_set_epi64x,
    _mm256_xor_si256, _mm256_zextsi128_si256, _mm512_castsi512_si256, _mm512_clmulepi64_epi128,
    _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_set_epi64, _mm512_ternarylogic_epi64,
    _mm512_xor_si512, _mm512_zextsi128_si512,
};

use super::fold::{finish, multipliers};

/// Truth table of a three-way exclusive or.
const XOR3: i32 = 0x96;

struct Constants<const POLYNOMIAL: u32>;

impl<const POLYNOMIAL: u32> Constants<POLYNOMIAL> {
    const BITS_128: (i64, i64) = multipliers(POLYNOMIAL, 128);
    const BITS_256: (i64, i64) = multipliers(POLYNOMIAL, 256);
    const BITS_384: (i64, i64) = multipliers(POLYNOMIAL, 384);
    const BITS_512: (i64, i64) = multipliers(POLYNOMIAL, 512);
    const BITS_768: (i64, i64) = multipliers(POLYNOMIAL, 768);
    const BITS_1024: (i64, i64) = multipliers(POLYNOMIAL, 1024);
    const BITS_1536: (i64, i64) = multipliers(POLYNOMIAL, 1536);
    const BITS_2048: (i64, i64) = multipliers(POLYNOMIAL, 2048);
}

/// The register after `data`.
///
/// # Safety
/// The CPU has VPCLMULQDQ, AVX-512F, AVX-512VL, PCLMULQDQ and SSE4.2, and `data` at least 64 bytes.
#[target_feature(enable = "vpclmulqdq,avx512f,avx512vl,pclmulqdq,sse4.2")]
pub(super) unsafe fn update_512<const POLYNOMIAL: u32>(data: &[u8], crc: u32) -> u32 {
    // SAFETY: at least 64 bytes, and the CPU's features, are this function's preconditions.
    unsafe {
        let register = _mm512_zextsi128_si512(_mm_cvtsi32_si128(crc as i32));
        let mut last = _mm512_xor_si512(load_512(data, 0), register);
        let mut at = 64;
        if data.len() >= 256 {
            let mut x = [last, load_512(data, 64), load_512(data, 128), load_512(data, 192)];
            at = 256;
            while data.len() - at >= 256 {
                for (i, x) in x.iter_mut().enumerate() {
                    *x = fold_512(*x, Constants::<POLYNOMIAL>::BITS_2048, load_512(data, at + 64 * i));
                }
                at += 256;
            }
            last = fold_512(x[0], Constants::<POLYNOMIAL>::BITS_1536, x[3]);
            last = fold_512(x[1], Constants::<POLYNOMIAL>::BITS_1024, last);
            last = fold_512(x[2], Constants::<POLYNOMIAL>::BITS_512, last);
        }
        finish_512::<POLYNOMIAL>(last, data, at)
    }
}

/// The register after a message whose first `done` bytes have been folded into `last`.
///
/// # Safety
/// The CPU has VPCLMULQDQ, AVX-512F, AVX-512VL, PCLMULQDQ and SSE4.2, and `data` at least `done` bytes.
#[inline]
#[target_feature(enable = "vpclmulqdq,avx512f,avx512vl,pclmulqdq,sse4.2")]
pub(super) unsafe fn finish_512<const POLYNOMIAL: u32>(mut last: __m512i, data: &[u8], done: usize) -> u32 {
    // SAFETY: the CPU's features are this function's precondition; each load ends within `data`.
    unsafe {
        let mut at = done;
        while data.len() - at >= 64 {
            last = past_512::<POLYNOMIAL>(last, load_512(data, at));
            at += 64;
        }
        let lanes = [
            Constants::<POLYNOMIAL>::BITS_384,
            Constants::<POLYNOMIAL>::BITS_256,
            Constants::<POLYNOMIAL>::BITS_128,
        ];
        finish::<POLYNOMIAL>(join_512(last, lanes), data, at)
    }
}

/// Moves `x` down the message by 64 bytes, onto `next`.
///
/// # Safety
/// The CPU has VPCLMULQDQ and AVX-512F.
#[inline]
#[target_feature(enable = "vpclmulqdq,avx512f")]
pub(super) unsafe fn past_512<const POLYNOMIAL: u32>(x: __m512i, next: __m512i) -> __m512i {
    // SAFETY: the same preconditions.
    unsafe { fold_512(x, Constants::<POLYNOMIAL>::BITS_512, next) }
}

/// The multipliers that move all parts of a vector 128 bytes down the message: for lower halves at even places, for upper
/// halves at odd ones.
///
/// # Safety
/// The CPU has AVX-512F.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn multiplier_1024<const POLYNOMIAL: u32>() -> __m512i {
    let (lower, upper) = Constants::<POLYNOMIAL>::BITS_1024;
    _mm512_set_epi64(upper, lower, upper, lower, upper, lower, upper, lower)
}

/// The register after `data`.
///
/// # Safety
/// The CPU has VPCLMULQDQ, AVX2, PCLMULQDQ and SSE4.2, and `data` at least 32 bytes.
#[target_feature(enable = "vpclmulqdq,avx2,pclmulqdq,sse4.2")]
pub(super) unsafe fn update_256<const POLYNOMIAL: u32>(data: &[u8], crc: u32) -> u32 {
    // SAFETY: at least 32 bytes, and the CPU's features, are this function's preconditions.
    unsafe {
        let register = _mm256_zextsi128_si256(_mm_cvtsi32_si128(crc as i32));
        let mut last = _mm256_xor_si256(load_256(data, 0), register);
        let mut at = 32;
        if data.len() >= 128 {
            let mut x = [last, load_256(data, 32), load_256(data, 64), load_256(data, 96)];
            at = 128;
            while data.len() - at >= 128 {
                for (i, x) in x.iter_mut().enumerate() {
                    *x = fold_256(*x, Constants::<POLYNOMIAL>::BITS_1024, load_256(data, at + 32 * i));
                }
                at += 128;
            }
            last = fold_256(x[0], Constants::<POLYNOMIAL>::BITS_768, x[3]);
            last = fold_256(x[1], Constants::<POLYNOMIAL>::BITS_512, last);
            last = fold_256(x[2], Constants::<POLYNOMIAL>::BITS_256, last);
        }
        while data.len() - at >= 32 {
            last = fold_256(last, Constants::<POLYNOMIAL>::BITS_256, load_256(data, at));
            at += 32;
        }
        finish::<POLYNOMIAL>(join_256::<POLYNOMIAL>(last), data, at)
    }
}

/// Moves `x` down the message onto `next`.
///
/// # Safety
/// The CPU has VPCLMULQDQ and AVX-512F.
#[inline]
#[target_feature(enable = "vpclmulqdq,avx512f")]
pub(super) unsafe fn fold_512(x: __m512i, (lower, upper): (i64, i64), next: __m512i) -> __m512i {
    let by = _mm512_set_epi64(upper, lower, upper, lower, upper, lower, upper, lower);
    let (a, b) = (_mm512_clmulepi64_epi128(x, by, 0x00), _mm512_clmulepi64_epi128(x, by, 0x11));
    _mm512_ternarylogic_epi64(a, b, next, XOR3)
}

/// Moves `x` down the message onto `next`.
///
/// # Safety
/// The CPU has VPCLMULQDQ and AVX2.
#[inline]
#[target_feature(enable = "vpclmulqdq,avx2")]
unsafe fn fold_256(x: __m256i, (lower, upper): (i64, i64), next: __m256i) -> __m256i {
    let by = _mm256_set_epi64x(upper, lower, upper, lower);
    let (a, b) = (_mm256_clmulepi64_epi128(x, by, 0x00), _mm256_clmulepi64_epi128(x, by, 0x11));
    _mm256_xor_si256(_mm256_xor_si256(a, b), next)
}

/// The four vectors of a register as one, each moved to the place of the last by one of the multipliers.
///
/// # Safety
/// The CPU has VPCLMULQDQ and AVX-512F.
#[inline]
#[target_feature(enable = "vpclmulqdq,avx512f,avx2")]
pub(super) unsafe fn join_512(x: __m512i, [three, two, one]: [(i64, i64); 3]) -> __m128i {
    let by = _mm512_set_epi64(0, 0, one.1, one.0, two.1, two.0, three.1, three.0);
    let moved =
        _mm512_xor_si512(_mm512_clmulepi64_epi128(x, by, 0x00), _mm512_clmulepi64_epi128(x, by, 0x11));
    let halves = _mm256_xor_si256(_mm512_castsi512_si256(moved), _mm512_extracti64x4_epi64(moved, 1));
    let last = _mm256_extracti128_si256(_mm512_extracti64x4_epi64(x, 1), 1);
    let sum = _mm_xor_si128(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
    _mm_xor_si128(sum, last)
}

/// The two vectors of a register as one, the first moved to the place of the second.
///
/// # Safety
/// The CPU has VPCLMULQDQ and AVX2.
#[inline]
#[target_feature(enable = "vpclmulqdq,avx2")]
unsafe fn join_256<const POLYNOMIAL: u32>(x: __m256i) -> __m128i {
    let (lower, upper) = Constants::<POLYNOMIAL>::BITS_128;
    let by = _mm256_set_epi64x(0, 0, upper, lower);
    let moved =
        _mm256_xor_si256(_mm256_clmulepi64_epi128(x, by, 0x00), _mm256_clmulepi64_epi128(x, by, 0x11));
    _mm_xor_si128(_mm256_castsi256_si128(moved), _mm256_extracti128_si256(x, 1))
}

/// The 64 bytes from `at` on.
///
/// # Safety
/// They lie within `data`, and the CPU has AVX-512F.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn load_512(data: &[u8], at: usize) -> __m512i {
    debug_assert!(at + 64 <= data.len());
    // SAFETY: within `data`, as the caller promises; the load needs no alignment.
    unsafe { _mm512_loadu_si512(data.as_ptr().add(at).cast()) }
}

/// The 32 bytes from `at` on.
///
/// # Safety
/// They lie within `data`, and the CPU has AVX2.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_256(data: &[u8], at: usize) -> __m256i {
    debug_assert!(at + 32 <= data.len());
    // SAFETY: within `data`, as the caller promises; the load needs no alignment.
    unsafe { _mm256_loadu_si256(data.as_ptr().add(at).cast()) }
}
