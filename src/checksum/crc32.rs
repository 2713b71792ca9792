//! CRC-32 (reflected polynomial 0xEDB88320), by `crc32fast`.
#![forbid(unsafe_code)]

use crc32fast::Hasher;

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
pub fn crc32_partial(data: &[u8], crc: u32) -> u32 {
    // `crc32fast` speaks of finished checksums, which are inverted registers.
    let mut hasher = Hasher::new_with_initial(!crc);
    hasher.update(data);
    !hasher.finalize()
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
