// SPDX-License-Identifier: LGPL-2.0-or-later
//! Checksums.

use super::boundary::input;
use crate::checksum;

/// Feeds `len` bytes into the raw CRC-32 register `crc` (reflected polynomial 0xEDB88320). The register is
/// not inverted: for the usual checksum, start with 0xffffffff and invert the result.
///
/// Returns the new register; `crc` itself if `data` is NULL or `len` is 0 or above `PTRDIFF_MAX`. Matches the
/// legacy `crc32_partial`.
///
/// # Safety
/// `data` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_crc32_partial(data: *const u8, len: usize, crc: u32) -> u32 {
    // SAFETY: `data` is readable for `len` bytes.
    unsafe { input(data, len) }.map_or(crc, |data| checksum::crc32_partial(data, crc))
}

/// Feeds `len` bytes into the raw CRC-32C register `crc` (reflected polynomial 0x82F63B78). The register is
/// not inverted: for the usual checksum, start with 0xffffffff and invert the result.
///
/// Returns the new register; `crc` itself if `data` is NULL or `len` is 0 or above `PTRDIFF_MAX`. Matches the
/// legacy `crc32c_partial`.
///
/// # Safety
/// `data` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_crc32c_partial(data: *const u8, len: usize, crc: u32) -> u32 {
    // SAFETY: `data` is readable for `len` bytes.
    unsafe { input(data, len) }.map_or(crc, |data| checksum::crc32c_partial(data, crc))
}
