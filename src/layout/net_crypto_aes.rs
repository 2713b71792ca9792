// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-crypto-aes.h`.

use core::ffi::{c_char, c_int};

/// A secret that a proxy shares with the middle ends. Its first four bytes are its signature.
#[repr(C)]
pub struct AesSecret {
    pub(crate) refcnt: c_int,
    pub(crate) secret_len: c_int,
    pub(crate) secret: [c_char; 260],
}
