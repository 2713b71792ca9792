//! HMAC (RFC 2104): a key longer than 64 bytes is hashed first, one of exactly 64 is used as it is.
#![forbid(unsafe_code)]

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::Sha256;

/// The HMAC-MD5 of `input` under `key`.
///
/// Legacy: `md5_hmac`.
#[must_use]
pub fn md5_hmac(key: &[u8], input: &[u8]) -> [u8; 16] {
    mac::<Hmac<Md5>>(key, input).into()
}

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
    mac::<Hmac<Sha256>>(key, input).into()
}

fn mac<M: Mac + KeyInit>(key: &[u8], input: &[u8]) -> hmac::digest::Output<M> {
    // The error exists for MACs with a fixed key size; the compiler sees that HMAC never returns it, and the
    // scan of the shipped object for panic paths would catch it if that changed.
    let keyed = <M as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    keyed.chain_update(input).finalize().into_bytes()
}
