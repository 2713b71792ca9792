//! The ARMv8 `crc32` and `crc32c` instructions.

use core::arch::aarch64::{__crc32b, __crc32cb, __crc32cd, __crc32d};

use crate::checksum::tables;

/// The CRC-32 register after `data`.
#[inline]
pub(in crate::checksum) fn crc32(data: &[u8], crc: u32) -> u32 {
    if !has_crc() {
        return tables::CRC32.update(data, crc);
    }
    // SAFETY: the CPU has the CRC extension, as just checked.
    unsafe { crc32_armv8(data, crc) }
}

/// The CRC-32C register after `data`.
#[inline]
pub(in crate::checksum) fn crc32c(data: &[u8], crc: u32) -> u32 {
    if !has_crc() {
        return tables::CRC32C.update(data, crc);
    }
    // SAFETY: the CPU has the CRC extension, as just checked.
    unsafe { crc32c_armv8(data, crc) }
}

/// Whether the CPU has the CRC extension, as the kernel told the process when it started. The standard library would
/// read /proc for it, and bring all of its panic machinery along.
#[cfg(target_os = "linux")]
#[inline]
fn has_crc() -> bool {
    use core::ffi::c_ulong;
    const AT_HWCAP: c_ulong = 16;
    const HWCAP_CRC32: c_ulong = 1 << 7;
    unsafe extern "C" {
        /// C's own: any number may be asked for, an unknown one gives 0.
        safe fn getauxval(kind: c_ulong) -> c_ulong;
    }
    cfg!(target_feature = "crc") || getauxval(AT_HWCAP) & HWCAP_CRC32 != 0
}

#[cfg(not(target_os = "linux"))]
fn has_crc() -> bool {
    std::arch::is_aarch64_feature_detected!("crc")
}

macro_rules! by_instruction {
    ($name:ident, $octet:ident, $byte:ident) => {
        /// # Safety
        /// The CPU has the CRC extension.
        #[target_feature(enable = "crc")]
        #[allow(unused_unsafe)] // the intrinsics are safe to call here from Rust 1.87 on; 1.85 still wants `unsafe`
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
