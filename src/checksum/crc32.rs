// SPDX-License-Identifier: LGPL-2.0-or-later
//! CRC-32 (reflected polynomial 0xEDB88320).
#![forbid(unsafe_code)]

use super::{arch, tables};

/// Feeds `data` into the raw CRC-32 register `crc` and returns the new register: no inversion at either end.
///
/// Legacy: `crc32_partial`.
///
/// ```
/// use mtproxy_ffi::checksum::crc32_partial;
///
/// let whole = crc32_partial(b"123456789", !0);
/// assert_eq!(whole, 0x340b_c6d9);
/// assert_eq!(crc32_partial(b"56789", crc32_partial(b"1234", !0)), whole);
/// ```
#[must_use]
#[inline]
pub fn crc32_partial(data: &[u8], crc: u32) -> u32 {
    // Below one vector, tables cost less than the run-time choice of a path.
    if data.len() < 16 { tables::CRC32.update_short(data, crc) } else { arch::crc32(data, crc) }
}

/// The CRC-32 of `data`, as zlib, PNG and Ethernet define it.
///
/// Legacy: `compute_crc32`.
///
/// ```
/// assert_eq!(mtproxy_ffi::checksum::crc32(b"123456789"), 0xcbf4_3926);
/// ```
#[must_use]
pub fn crc32(data: &[u8]) -> u32 {
    !crc32_partial(data, !0)
}
