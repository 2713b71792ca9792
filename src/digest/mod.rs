// SPDX-License-Identifier: LGPL-2.0-or-later
//! Message digests: MD5, SHA-1, SHA-256 and the two HMACs that the proxy's protocol uses. The SHAs are the RustCrypto
//! crates'.
//!
//! The protocol requires MD5 and SHA-1; do not use them in new designs.
#![forbid(unsafe_code)]

mod hmac;
mod md5;
mod sha1;
mod sha256;

pub use self::hmac::sha256_hmac;
pub use self::md5::{MD5_START, md5, md5_blocks, md5_hex, md5_hmac};
pub use self::sha1::{Sha1Pieces, sha1, sha1_two_chunks};
pub use self::sha256::{sha256, sha256_two_chunks};
