//! The SSE4.2 `crc32` instruction.

use core::arch::x86_64::{_mm_crc32_u8, _mm_crc32_u64};

/// The register after `data`, or `None` where the CPU lacks SSE4.2.
#[inline]
pub(in crate::checksum) fn crc32c(data: &[u8], crc: u32) -> Option<u32> {
    if !std::arch::is_x86_feature_detected!("sse4.2") {
        return None;
    }
    // SAFETY: the CPU has SSE4.2, as just checked.
    Some(unsafe { crc32c_sse42(data, crc) })
}

/// # Safety
/// The CPU has SSE4.2.
#[target_feature(enable = "sse4.2")]
#[allow(unused_unsafe)] // the intrinsics are safe to call here from Rust 1.87 on; 1.85 still wants `unsafe`
unsafe fn crc32c_sse42(data: &[u8], crc: u32) -> u32 {
    let mut wide = u64::from(crc);
    let mut rest = data;
    while let Some((&octet, tail)) = rest.split_first_chunk() {
        // SAFETY: SSE4.2 is this function's precondition.
        wide = unsafe { _mm_crc32_u64(wide, u64::from_le_bytes(octet)) };
        rest = tail;
    }
    // The instruction leaves the upper half zero.
    rest.iter().fold(wide as u32, |crc, &byte| {
        // SAFETY: SSE4.2 is this function's precondition.
        unsafe { _mm_crc32_u8(crc, byte) }
    })
}
