// SPDX-License-Identifier: LGPL-2.0-or-later
//! SHA-256 (FIPS 180-4).
#![forbid(unsafe_code)]

use sha2::{Digest, Sha256};

/// The SHA-256 digest of `input`.
///
/// Legacy: `sha256`.
#[must_use]
pub fn sha256(input: &[u8]) -> [u8; 32] {
    sha256_two_chunks(input, b"")
}

/// The SHA-256 digest of `first` followed by `second`, without copying them together.
///
/// Legacy: `sha256_two_chunks`.
///
/// ```
/// use mtproxy_ffi::digest::{sha256, sha256_two_chunks};
///
/// assert_eq!(sha256_two_chunks(b"split ", b"anywhere"), sha256(b"split anywhere"));
/// ```
#[must_use]
#[inline(never)]
pub fn sha256_two_chunks(first: &[u8], second: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(first).chain_update(second).finalize().into()
}
