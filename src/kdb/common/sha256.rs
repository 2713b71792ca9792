// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/sha256`.

use core::ffi::c_int;

use crate::{digest, kdb::support::bytes};

super::sha::sha!(
    "SHA-256", "sha256_finish: not a SHA-256 context", 256, 32:
    sha256_starts, sha256_update, sha256_finish, sha256, sha256_two_chunks
);

/// The HMAC-SHA-256 of `ilen` bytes under a key of any length; a negative length is empty.
///
/// # Safety
/// `key` and `input` are *readable* for their lengths and `output` is *writable* for 32 bytes; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha256_hmac(
    key: *mut u8,
    keylen: c_int,
    input: *mut u8,
    ilen: c_int,
    output: *mut u8,
) {
    // SAFETY: the same promises; nothing is written before the slices' last use.
    unsafe {
        let mac = digest::sha256_hmac(bytes(key.cast(), keylen), bytes(input.cast(), ilen));
        output.cast::<[u8; 32]>().write_unaligned(mac);
    }
}
