// SPDX-License-Identifier: LGPL-2.0-or-later
//! Folding by PCLMULQDQ for CRC-64: as `fold`, with a polynomial of twice as many bits.
//!
//! A constant fills its 64 bits, so a product is only one bit too low.

use core::arch::x86_64::{
    __m128i, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_extract_epi64, _mm_set_epi64x,
    _mm_slli_epi64, _mm_unpackhi_epi64, _mm_xor_si128,
};
#[cfg(mtproxy_ffi_wide)]
use core::arch::x86_64::{_mm512_xor_si512, _mm512_zextsi128_si512};

use super::fold::{fold, fold_by, load, shift_in};
#[cfg(mtproxy_ffi_wide)]
use super::fold_wide::{fold_512, join_512, load_512};
use crate::checksum::polynomial::CRC64;

/// The multipliers that move the two halves of a vector `bits` further down the message.
const fn multipliers(bits: u32) -> (i64, i64) {
    (CRC64.x_to_the(bits + 64 - 1) as i64, CRC64.x_to_the(bits - 1) as i64)
}

const ONE: (i64, i64) = multipliers(128);
const TWO: (i64, i64) = multipliers(256);
const THREE: (i64, i64) = multipliers(384);
const FOUR: (i64, i64) = multipliers(512);
/// x^127, which moves the first half of a vector to the position of a register after 64 more zero bits.
const REDUCTION: i64 = CRC64.x_to_the(127) as i64;
/// x^128 divided by the polynomial, without its x^64.
const QUOTIENT: i64 = CRC64.quotient_tail(64) as i64;

/// The register after `data`.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2, and `data` at least 16 bytes.
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn update(data: &[u8], crc: u64) -> u64 {
    // SAFETY: the CPU's features, and at least 16 bytes, are this function's preconditions; each load ends within `data`.
    unsafe {
        let register = _mm_cvtsi64_si128(crc as i64);
        let mut last = _mm_xor_si128(load(data, 0), register);
        let mut at = 16;
        if data.len() >= 64 {
            let mut x = [last, load(data, 16), load(data, 32), load(data, 48)];
            at = 64;
            while data.len() - at >= 64 {
                for (i, x) in x.iter_mut().enumerate() {
                    *x = _mm_xor_si128(fold(*x, FOUR), load(data, at + 16 * i));
                }
                at += 64;
            }
            last = _mm_xor_si128(
                _mm_xor_si128(fold(x[0], THREE), fold(x[1], TWO)),
                _mm_xor_si128(fold(x[2], ONE), x[3]),
            );
        }
        finish(last, data, at)
    }
}

/// [`update`] with four vectors in one register.
///
/// # Safety
/// The CPU has VPCLMULQDQ, AVX-512F, AVX-512VL, PCLMULQDQ and SSE4.2, and `data` at least 64 bytes.
#[cfg(mtproxy_ffi_wide)]
#[target_feature(enable = "vpclmulqdq,avx512f,avx512vl,pclmulqdq,sse4.2")]
pub(super) unsafe fn update_512(data: &[u8], crc: u64) -> u64 {
    // SAFETY: the CPU's features, and at least 64 bytes, are this function's preconditions; each load ends within `data`.
    unsafe {
        let register = _mm512_zextsi128_si512(_mm_cvtsi64_si128(crc as i64));
        let mut x = _mm512_xor_si512(load_512(data, 0), register);
        let mut at = 64;
        while data.len() - at >= 64 {
            x = fold_512(x, FOUR, load_512(data, at));
            at += 64;
        }
        finish(join_512(x, [THREE, TWO, ONE]), data, at)
    }
}

/// The register after a message whose first `done` bytes, at least 16, have been folded into `x`.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2, and `data` at least `done` bytes.
#[inline(never)] // shared tail; CRC-64 is not hot, so it is not inlined
#[target_feature(enable = "pclmulqdq,sse4.2")]
unsafe fn finish(mut x: __m128i, data: &[u8], done: usize) -> u64 {
    let mut at = done;
    // SAFETY: the CPU's features are this function's precondition; each load starts at least 16 bytes before the end.
    unsafe {
        while data.len() - at >= 16 {
            x = _mm_xor_si128(fold(x, ONE), load(data, at));
            at += 16;
        }
        if at < data.len() {
            x = shift_in(x, load(data, data.len() - 16), data.len() - at, ONE);
        }
        reduce(x)
    }
}

/// The register after the sixteen bytes of `fold_by`.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2.
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn register_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u64 {
    // SAFETY: the CPU's features are this function's precondition.
    unsafe { reduce(fold_by(upper, multipliers)) }
}

/// The register: the vector's polynomial times x^64, modulo the CRC's.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.2")]
unsafe fn reduce(x: __m128i) -> u64 {
    // SAFETY: the CPU's features are this function's precondition.
    unsafe {
        // Reduces 128 bits and 64 zeros to 128 bits.
        let constants = _mm_set_epi64x(QUOTIENT, REDUCTION);
        let x = _mm_xor_si128(
            _mm_clmulepi64_si128(x, constants, 0x00),
            _mm_unpackhi_epi64(x, _mm_cvtsi64_si128(0)),
        );
        // Barrett: the quotient of the first 64 bits, times the divisor, leaves the remainder in the other half. Both
        // constants lack their leading term, so the multiplicand is added.
        let quotient = _mm_xor_si128(_mm_slli_epi64(_mm_clmulepi64_si128(x, constants, 0x10), 1), x);
        let multiple = _mm_clmulepi64_si128(quotient, _mm_cvtsi64_si128(CRC64.tail as i64), 0x00);
        let (low, high) = (_mm_cvtsi128_si64(multiple) as u64, _mm_extract_epi64(multiple, 1) as u64);
        (high << 1 | low >> 63) ^ _mm_extract_epi64(x, 1) as u64
    }
}
