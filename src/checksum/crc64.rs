// SPDX-License-Identifier: LGPL-2.0-or-later
//! CRC-64 (ECMA-182, reflected polynomial 0xC96C5795D7870F42).
#![forbid(unsafe_code)]

use super::{arch, polynomial::CRC64};

/// The register after one byte, from register 0. One table of 2 KiB, because tables for eight bytes at a time would be a
/// tenth of the library's size.
static TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = CRC64.after_byte(byte as u8);
        byte += 1;
    }
    table
};

/// Feeds `data` into the raw CRC-64 register `crc` and returns the new register: no inversion at either end.
///
/// Legacy: `crc64_partial`.
///
/// ```
/// use mtproxy_ffi::checksum::crc64_partial;
///
/// let whole = crc64_partial(b"123456789", !0);
/// assert_eq!(whole, 0x66a2_3644_20e6_c605);
/// assert_eq!(crc64_partial(b"56789", crc64_partial(b"1234", !0)), whole);
/// ```
#[must_use]
#[inline]
pub fn crc64_partial(data: &[u8], crc: u64) -> u64 {
    if data.len() < 16 { by_table(data, crc) } else { arch::crc64(data, crc) }
}

/// The register after `data`, byte by byte.
pub(super) fn by_table(data: &[u8], crc: u64) -> u64 {
    data.iter().fold(crc, |crc, &byte| crc64_feed_byte(crc, byte))
}

/// The CRC-64 of `data`, as the xz format defines it.
///
/// Legacy: `compute_crc64`.
///
/// ```
/// assert_eq!(mtproxy_ffi::checksum::crc64(b"123456789"), 0x995d_c9bb_df19_39fa);
/// ```
#[must_use]
pub fn crc64(data: &[u8]) -> u64 {
    !crc64_partial(data, !0)
}

/// Feeds one byte into the raw register.
///
/// Legacy: `crc64_feed_byte`.
#[must_use]
pub fn crc64_feed_byte(crc: u64, byte: u8) -> u64 {
    (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_the_definition() {
        let data: Vec<u8> = (0..100u32).map(|i| (i * i * 31 + 7) as u8).collect();
        for end in 0..data.len() {
            let bitwise = data[..end].iter().fold(!0, |crc, &byte| {
                (0..8).fold(crc ^ u64::from(byte), |register, _| CRC64.times_x(register))
            });
            assert_eq!(crc64_partial(&data[..end], !0), bitwise, "{end} bytes");
        }
    }
}
