// SPDX-License-Identifier: LGPL-2.0-or-later
//! CRC-32C by three parallel streams of the `crc32` instruction, which has a latency of three cycles and starts once a cycle.
//! On a CPU with 128-bit multiplication only, this is faster than folding.

use core::arch::x86_64::{
    _mm_clmulepi64_si128, _mm_crc32_u64, _mm_cvtsi32_si128, _mm_cvtsi128_si64, _mm_xor_si128,
};

use super::sse42;
use crate::checksum::polynomial::{CRC32C, Modulus};

/// The lengths of a stream in a round. Three short ones and a few bytes make 512, six make 1024.
const LONG: usize = 1024;
const SHORT: usize = 168;

/// The shortest input for which this is faster.
pub(super) const SHORTEST: usize = 3 * SHORT;

/// The multiplier that moves a register over `bytes`. The product has 64 bits and is one bit too low; the instruction then
/// reduces it.
const fn over(bytes: usize) -> i32 {
    Modulus::of_32(CRC32C).x_to_the(8 * bytes as u32 - 33) as i32
}

/// The register after `data`.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2.
#[target_feature(enable = "pclmulqdq,sse4.2")]
pub(super) unsafe fn update(data: &[u8], mut crc: u32) -> u32 {
    let mut rest = data;
    // SAFETY: the CPU's features are this function's precondition.
    unsafe {
        while let Some((block, tail)) = rest.split_first_chunk::<{ 3 * LONG }>() {
            crc = three::<LONG>(block, crc);
            rest = tail;
        }
        while let Some((block, tail)) = rest.split_first_chunk::<{ 3 * SHORT }>() {
            crc = three::<SHORT>(block, crc);
            rest = tail;
        }
        sse42::crc32c(rest, crc)
    }
}

/// The register after three times `LEN` bytes.
///
/// # Safety
/// The CPU has PCLMULQDQ and SSE4.2.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.2")]
unsafe fn three<const LEN: usize>(block: &[u8], crc: u32) -> u32 {
    let octets = |stream: usize| {
        let octets = block.get(stream * LEN..).unwrap_or_default().chunks_exact(8).take(LEN / 8);
        octets.map(|octet| octet.try_into().map_or(0, u64::from_le_bytes))
    };
    let (mut first, mut second, mut third) = (u64::from(crc), 0, 0);
    // SAFETY: the CPU's features are this function's precondition.
    unsafe {
        for ((a, b), c) in octets(0).zip(octets(1)).zip(octets(2)) {
            first = _mm_crc32_u64(first, a);
            second = _mm_crc32_u64(second, b);
            third = _mm_crc32_u64(third, c);
        }
        let moved = _mm_xor_si128(
            _mm_clmulepi64_si128(
                _mm_cvtsi32_si128(first as i32),
                _mm_cvtsi32_si128(const { over(2 * LEN) }),
                0x00,
            ),
            _mm_clmulepi64_si128(
                _mm_cvtsi32_si128(second as i32),
                _mm_cvtsi32_si128(const { over(LEN) }),
                0x00,
            ),
        );
        (_mm_crc32_u64(0, _mm_cvtsi128_si64(moved) as u64) ^ third) as u32
    }
}
