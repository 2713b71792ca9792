// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy objects `md5`, `sha1` and `sha256`, without the functions that take input in pieces. The original's SHA needs
//! libcrypto: [`Digest::has_sha`].

use core::ffi::{c_char, c_int};

super::table! {
    /// Digests of one input or two.
    drop_in Digest {
        fn md5(*mut u8, c_int, *mut u8);
        fn md5_hex(*mut c_char, c_int, *mut c_char);
        fn md5_hmac(*mut u8, c_int, *mut u8, c_int, *mut u8);
        fn sha1(*const u8, c_int, *mut u8);
        fn sha1_two_chunks(*const u8, c_int, *const u8, c_int, *mut u8);
        fn sha256(*const u8, c_int, *mut u8);
        fn sha256_two_chunks(*const u8, c_int, *const u8, c_int, *mut u8);
        fn sha256_hmac(*mut u8, c_int, *mut u8, c_int, *mut u8);
    }
}

impl Digest {
    /// True if SHA can be called.
    pub fn has_sha(&self) -> bool {
        !self.is_original || crate::original::library().is_some_and(|library| library.with_crypto)
    }
}
