//! The ARMv8 `crc32c` and `pmull` instructions.

use core::arch::aarch64::{__crc32cb, __crc32cd, vmull_p64};

use crate::checksum::{clmul, tables};

pub(in crate::checksum) use crate::checksum::{crc64::by_table as crc64, portable::crc32};

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

/// As `clmul::fold_by`.
pub(in crate::checksum) fn fold_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u128 {
    if !std::arch::is_aarch64_feature_detected!("aes") {
        return clmul::fold_by(upper, multipliers, clmul::product);
    }
    // SAFETY: the CPU has the AES extension, which `pmull` is part of, as just checked.
    unsafe { fold_by_pmull(upper, multipliers) }
}

/// # Safety
/// The CPU has the AES extension.
#[target_feature(enable = "aes")]
#[allow(unused_unsafe)] // as above
unsafe fn fold_by_pmull(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u128 {
    clmul::fold_by(upper, multipliers, |a, b| {
        // SAFETY: the AES extension is this function's precondition.
        unsafe { vmull_p64(a, b) }
    })
}

/// The CRC-32 register after the sixteen bytes of `fold_by`.
pub(in crate::checksum) fn crc32_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u32 {
    crc32(&fold_by(upper, multipliers).to_le_bytes(), 0)
}

/// The CRC-32C register after the sixteen bytes of `fold_by`.
pub(in crate::checksum) fn crc32c_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u32 {
    crc32c(&fold_by(upper, multipliers).to_le_bytes(), 0)
}

/// The CRC-64 register after the sixteen bytes of `fold_by`.
pub(in crate::checksum) fn crc64_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u64 {
    crc64(&fold_by(upper, multipliers).to_le_bytes(), 0)
}
