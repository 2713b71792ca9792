// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/crc32c`.

use core::ffi::{c_long, c_void};

use super::crc32::{Combine32, Partial32};
use crate::{
    checksum,
    kdb::support::{bytes, usual_bytes},
};

/// Feeds bytes into a raw CRC-32C register. A host may put a function of its own here.
#[unsafe(no_mangle)]
pub static mut crc32c_partial: Partial32 = feed;

/// The CRC-32C of two blocks in a row. A host may put a function of its own here.
#[unsafe(no_mangle)]
pub static mut compute_crc32c_combine: Combine32 = combine;

/// A negative length counts as on the original's fastest path, on a CPU with SSE4.2: as its lowest three bits at an
/// address that is a multiple of eight, as 0 elsewhere.
unsafe extern "C" fn feed(data: *const c_void, len: c_long, crc: u32) -> u32 {
    // SAFETY: readable for that many bytes, as the caller promises.
    match unsafe { usual_bytes(data, len) } {
        Some(data) => checksum::crc32c_partial(data, crc),
        // SAFETY: the same promise.
        None => unsafe { feed_unusual(data, len, crc) },
    }
}

#[cold]
#[inline(never)]
unsafe fn feed_unusual(data: *const c_void, len: c_long, crc: u32) -> u32 {
    let len = match len {
        0.. => len,
        _ if data.addr() % 8 == 0 => len & 7,
        _ => 0,
    };
    // SAFETY: readable for that many bytes, as the caller promises.
    checksum::crc32c_partial(unsafe { bytes(data, len) }, crc)
}

extern "C" fn combine(crc1: u32, crc2: u32, len2: i64) -> u32 {
    checksum::crc32c_combine(crc1, crc2, len2)
}

/// Feeds bytes into a raw CRC-32C register. A negative length counts as its lowest five bits.
///
/// # Safety
/// `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc32c_partial_four_tables(data: *const c_void, len: c_long, crc: u32) -> u32 {
    let len = if len < 0 { len & 31 } else { len };
    // SAFETY: readable for that many bytes, as the caller promises.
    checksum::crc32c_partial(unsafe { bytes(data, len) }, crc)
}
