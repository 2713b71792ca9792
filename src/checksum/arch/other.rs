//! Without instructions of use here.

use crate::checksum::tables;

pub(in crate::checksum) fn crc32(data: &[u8], crc: u32) -> u32 {
    tables::CRC32.update(data, crc)
}

pub(in crate::checksum) fn crc32c(data: &[u8], crc: u32) -> u32 {
    tables::CRC32C.update(data, crc)
}
