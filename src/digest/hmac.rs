// SPDX-License-Identifier: LGPL-2.0-or-later
//! HMAC (RFC 2104) with SHA-256: a key longer than 64 bytes is hashed first, one of exactly 64 is used as it is.
#![forbid(unsafe_code)]

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The HMAC-SHA-256 of `input` under `key`.
///
/// Legacy: `sha256_hmac`.
///
/// ```
/// let mac = mtproxy_ffi::digest::sha256_hmac(b"key", b"The quick brown fox jumps over the lazy dog");
/// assert_eq!(mac[..4], [0xf7, 0xbc, 0x83, 0xf4]);
/// ```
#[must_use]
pub fn sha256_hmac(key: &[u8], input: &[u8]) -> [u8; 32] {
    // Only MACs with a fixed key size return this error. The compiler sees that HMAC never does; if that changed, the check
    // for panic paths in the shipped object would fail.
    let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    keyed.chain_update(input).finalize().into_bytes().into()
}
