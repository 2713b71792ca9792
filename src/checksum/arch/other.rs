// SPDX-License-Identifier: LGPL-2.0-or-later
//! Machines without instructions for checksums.

use crate::checksum::{clmul, tables};

pub(in crate::checksum) use crate::checksum::crc64::by_table as crc64;

pub(in crate::checksum) fn crc32(data: &[u8], crc: u32) -> u32 {
    tables::CRC32.update(data, crc)
}

pub(in crate::checksum) fn crc32c(data: &[u8], crc: u32) -> u32 {
    tables::CRC32C.update(data, crc)
}

pub(in crate::checksum) fn fold_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u128 {
    clmul::fold_by(upper, multipliers, clmul::product)
}
