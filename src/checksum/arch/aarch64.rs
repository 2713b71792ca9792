//! The ARMv8 `crc32c` instructions.

use core::arch::aarch64::{__crc32cb, __crc32cd};

use crate::checksum::tables;

pub(in crate::checksum) use crate::checksum::portable::crc32;

/// The register after `data`.
#[inline]
pub(in crate::checksum) fn crc32c(data: &[u8], crc: u32) -> u32 {
    if !std::arch::is_aarch64_feature_detected!("crc") {
        return tables::CRC32C.update(data, crc);
    }
    // SAFETY: the CPU has the CRC extension, as just checked.
    unsafe { crc32c_armv8(data, crc) }
}

/// # Safety
/// The CPU has the CRC extension.
#[target_feature(enable = "crc")]
#[allow(unused_unsafe)] // the intrinsics are safe to call here from Rust 1.87 on; 1.85 still wants `unsafe`
unsafe fn crc32c_armv8(data: &[u8], mut crc: u32) -> u32 {
    let mut rest = data;
    while let Some((&octet, tail)) = rest.split_first_chunk() {
        // SAFETY: the CRC extension is this function's precondition.
        crc = unsafe { __crc32cd(crc, u64::from_le_bytes(octet)) };
        rest = tail;
    }
    rest.iter().fold(crc, |crc, &byte| {
        // SAFETY: the CRC extension is this function's precondition.
        unsafe { __crc32cb(crc, byte) }
    })
}
