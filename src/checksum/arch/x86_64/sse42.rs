// SPDX-License-Identifier: LGPL-2.0-or-later
//! The SSE4.2 `crc32` instruction, which computes CRC-32C.

use core::arch::x86_64::{_mm_crc32_u8, _mm_crc32_u16, _mm_crc32_u32, _mm_crc32_u64};

/// The register after `data`.
///
/// # Safety
/// The CPU has SSE4.2.
#[target_feature(enable = "sse4.2")]
pub(super) unsafe fn crc32c(data: &[u8], crc: u32) -> u32 {
    let mut wide = u64::from(crc);
    let mut rest = data;
    // Inputs of a few bytes skip the loops for more.
    if rest.len() >= 8 {
        // Unrolled, because a loop's own instructions would cost more than these.
        while let Some((block, tail)) = rest.split_first_chunk::<64>() {
            // SAFETY: SSE4.2 is this function's precondition.
            wide = unsafe { octets(block, wide) };
            rest = tail;
        }
        if let Some((block, tail)) = rest.split_first_chunk::<32>() {
            // SAFETY: SSE4.2 is this function's precondition.
            wide = unsafe { octets(block, wide) };
            rest = tail;
        }
        if let Some((block, tail)) = rest.split_first_chunk::<16>() {
            // SAFETY: SSE4.2 is this function's precondition.
            wide = unsafe { octets(block, wide) };
            rest = tail;
        }
        if let Some((block, tail)) = rest.split_first_chunk::<8>() {
            // SAFETY: SSE4.2 is this function's precondition.
            wide = unsafe { octets(block, wide) };
            rest = tail;
        }
    }
    // The instruction leaves the upper half zero.
    let mut crc = wide as u32;
    if let Some((&four, tail)) = rest.split_first_chunk() {
        // SAFETY: SSE4.2 is this function's precondition.
        crc = unsafe { _mm_crc32_u32(crc, u32::from_le_bytes(four)) };
        rest = tail;
    }
    if let Some((&two, tail)) = rest.split_first_chunk() {
        // SAFETY: SSE4.2 is this function's precondition.
        crc = unsafe { _mm_crc32_u16(crc, u16::from_le_bytes(two)) };
        rest = tail;
    }
    if let [last] = rest {
        // SAFETY: SSE4.2 is this function's precondition.
        crc = unsafe { _mm_crc32_u8(crc, *last) };
    }
    crc
}

/// # Safety
/// The CPU has SSE4.2.
#[inline]
#[target_feature(enable = "sse4.2")]
unsafe fn octets<const N: usize>(block: &[u8; N], crc: u64) -> u64 {
    block.chunks_exact(8).fold(crc, |crc, octet| {
        let octet = octet.try_into().map_or(0, u64::from_le_bytes);
        // SAFETY: SSE4.2 is this function's precondition.
        unsafe { _mm_crc32_u64(crc, octet) }
    })
}
