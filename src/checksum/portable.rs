//! CRC-32 by `crc32fast`: the oracle of our own. It does not ship: its bounds checks bring std's panic machinery along.
#![forbid(unsafe_code)]

use crc32fast::Hasher;

pub(super) fn crc32(data: &[u8], crc: u32) -> u32 {
    // `crc32fast` speaks of finished checksums, which are inverted registers.
    let mut hasher = Hasher::new_with_initial(!crc);
    hasher.update(data);
    !hasher.finalize()
}
