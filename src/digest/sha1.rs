// SPDX-License-Identifier: LGPL-2.0-or-later
//! SHA-1 (RFC 3174).
#![forbid(unsafe_code)]

use sha1::{Digest, Sha1};

/// The SHA-1 digest of `input`.
///
/// Legacy: `sha1`.
#[must_use]
pub fn sha1(input: &[u8]) -> [u8; 20] {
    Sha1::digest(input).into()
}

/// The SHA-1 digest of `first` followed by `second`, without copying them together.
///
/// Legacy: `sha1_two_chunks`.
///
/// ```
/// use mtproxy_ffi::digest::{sha1, sha1_two_chunks};
///
/// assert_eq!(sha1_two_chunks(b"split ", b"anywhere"), sha1(b"split anywhere"));
/// ```
#[must_use]
pub fn sha1_two_chunks(first: &[u8], second: &[u8]) -> [u8; 20] {
    Sha1::new().chain_update(first).chain_update(second).finalize().into()
}
