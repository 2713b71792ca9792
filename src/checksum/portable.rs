//! CRC-32 by `crc32fast`, which brings ARMv8's instruction and a sixteen-fold table. On x86-64 our own paths are
//! faster, and this is their oracle.
#![forbid(unsafe_code)]

use crc32fast::Hasher;

pub(super) fn crc32(data: &[u8], crc: u32) -> u32 {
    // `crc32fast` speaks of finished checksums, which are inverted registers.
    let mut hasher = Hasher::new_with_initial(!crc);
    hasher.update(data);
    !hasher.finalize()
}
