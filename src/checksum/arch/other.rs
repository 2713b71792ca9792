//! Without instructions of use here.

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
