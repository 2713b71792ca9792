// SPDX-License-Identifier: LGPL-2.0-or-later
//! SHA-1 (RFC 3174).
#![forbid(unsafe_code)]

use sha1::{Digest, Sha1};

/// The SHA-1 digest of `input`.
///
/// Legacy: `sha1`.
#[must_use]
pub fn sha1(input: &[u8]) -> [u8; 20] {
    sha1_two_chunks(input, b"")
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
    let mut pieces = Sha1Pieces::default();
    pieces.feed(first);
    pieces.feed(second);
    pieces.finish()
}

/// The SHA-1 digest of pieces in a row.
///
/// ```
/// use mtproxy_ffi::digest::{Sha1Pieces, sha1};
///
/// let mut pieces = Sha1Pieces::default();
/// pieces.feed(b"split ");
/// pieces.feed(b"anywhere");
/// assert_eq!(pieces.finish(), sha1(b"split anywhere"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sha1Pieces(Sha1);

impl Sha1Pieces {
    /// Adds a piece.
    #[inline(never)]
    pub fn feed(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces.
    #[must_use]
    #[inline(never)]
    pub fn finish(self) -> [u8; 20] {
        self.0.finalize().into()
    }
}
