// SPDX-License-Identifier: LGPL-2.0-or-later
//! CRC-32C (Castagnoli, reflected polynomial 0x82F63B78).
#![forbid(unsafe_code)]

use super::arch;

/// Feeds `data` into the raw CRC-32C register `crc` and returns the new register: no inversion at either end.
///
/// Legacy: `crc32c_partial`.
///
/// ```
/// use mtproxy_ffi::checksum::crc32c_partial;
///
/// let whole = crc32c_partial(b"123456789", !0);
/// assert_eq!(whole, 0x1cf9_6d7c);
/// assert_eq!(crc32c_partial(b"56789", crc32c_partial(b"1234", !0)), whole);
/// ```
#[must_use]
#[inline]
pub fn crc32c_partial(data: &[u8], crc: u32) -> u32 {
    arch::crc32c(data, crc)
}

/// The CRC-32C of `data`, as iSCSI, ext4 and SCTP define it.
///
/// Legacy: `compute_crc32c`.
///
/// ```
/// assert_eq!(mtproxy_ffi::checksum::crc32c(b"123456789"), 0xe306_9283);
/// ```
#[must_use]
pub fn crc32c(data: &[u8]) -> u32 {
    !crc32c_partial(data, !0)
}
