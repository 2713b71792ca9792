// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy objects `md5`, `sha1` and `sha256`. The original's SHA needs
//! libcrypto: [`Digest::has_sha`].

use core::ffi::{c_char, c_int, c_void};

include!(concat!(env!("OUT_DIR"), "/Digest.rs"));

impl Digest {
    /// True if SHA can be called.
    pub fn has_sha(&self) -> bool {
        !self.is_original || crate::original::library().is_some_and(|library| library.with_crypto)
    }
}
