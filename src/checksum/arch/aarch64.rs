// SPDX-License-Identifier: LGPL-2.0-or-later
//! The ARMv8 `crc32`, `crc32c` and `pmull` instructions.

use core::arch::aarch64::{__crc32b, __crc32cb, __crc32cd, __crc32d, vmull_p64};

use crate::checksum::{clmul, tables};

pub(in crate::checksum) use crate::checksum::crc64::by_table as crc64;

/// The CRC-32 register after `data`.
#[inline]
pub(in crate::checksum) fn crc32(data: &[u8], crc: u32) -> u32 {
    if !has(Extension::Crc) {
        return tables::CRC32.update(data, crc);
    }
    // SAFETY: the CPU has the CRC extension, as just checked.
    unsafe { crc32_armv8(data, crc) }
}

/// The CRC-32C register after `data`.
#[inline]
pub(in crate::checksum) fn crc32c(data: &[u8], crc: u32) -> u32 {
    if !has(Extension::Crc) {
        return tables::CRC32C.update(data, crc);
    }
    // SAFETY: the CPU has the CRC extension, as just checked.
    unsafe { crc32c_armv8(data, crc) }
}

/// As `clmul::fold_by`.
pub(in crate::checksum) fn fold_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u128 {
    if !has(Extension::Pmull) {
        return clmul::fold_by(upper, multipliers, clmul::product);
    }
    // SAFETY: the CPU has the AES extension's `pmull`, as just checked.
    unsafe { fold_by_pmull(upper, multipliers) }
}

/// An extension of ARMv8, by its bit in Linux's `AT_HWCAP`.
#[derive(Clone, Copy)]
enum Extension {
    /// `pmull`, of the AES extension.
    Pmull = 4,
    Crc = 7,
}

/// True if the CPU has the extension, according to the process's auxiliary vector. The standard library's detection would
/// add its panic machinery.
#[cfg(target_os = "linux")]
#[inline]
fn has(extension: Extension) -> bool {
    use core::ffi::c_ulong;
    const AT_HWCAP: c_ulong = 16;
    unsafe extern "C" {
        /// libc's. Safe for any number; an unknown one gives 0.
        safe fn getauxval(kind: c_ulong) -> c_ulong;
    }
    let always = match extension {
        Extension::Pmull => cfg!(target_feature = "aes"),
        Extension::Crc => cfg!(target_feature = "crc"),
    };
    always || getauxval(AT_HWCAP) >> extension as u32 & 1 != 0
}

#[cfg(not(target_os = "linux"))]
fn has(extension: Extension) -> bool {
    match extension {
        Extension::Pmull => std::arch::is_aarch64_feature_detected!("aes"),
        Extension::Crc => std::arch::is_aarch64_feature_detected!("crc"),
    }
}

/// # Safety
/// The CPU has `pmull`.
#[target_feature(enable = "aes")]
unsafe fn fold_by_pmull(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u128 {
    clmul::fold_by(upper, multipliers, |a, b| {
        // SAFETY: `pmull` is this function's precondition.
        unsafe { vmull_p64(a, b) }
    })
}

macro_rules! by_instruction {
    ($name:ident, $octet:ident, $byte:ident) => {
        /// # Safety
        /// The CPU has the CRC extension.
        #[target_feature(enable = "crc")]
        unsafe fn $name(data: &[u8], mut crc: u32) -> u32 {
            let mut rest = data;
            while let Some((&octet, tail)) = rest.split_first_chunk() {
                // SAFETY: the CRC extension is this function's precondition.
                crc = unsafe { $octet(crc, u64::from_le_bytes(octet)) };
                rest = tail;
            }
            rest.iter().fold(crc, |crc, &byte| {
                // SAFETY: the CRC extension is this function's precondition.
                unsafe { $byte(crc, byte) }
            })
        }
    };
}
by_instruction!(crc32_armv8, __crc32d, __crc32b);
by_instruction!(crc32c_armv8, __crc32cd, __crc32cb);
