// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-crypto-aes.h`.

use core::{
    ffi::{c_char, c_int, c_void},
    sync::atomic::AtomicI32,
};

/// A secret that a proxy shares with the middle ends. Its first four bytes are its signature.
#[repr(C)]
pub struct AesSecret {
    pub(crate) refcnt: c_int,
    pub(crate) secret_len: c_int,
    pub(crate) secret: [c_char; 260],
}

/// The ciphers of a connection: libcrypto's contexts.
#[repr(C)]
pub struct AesCrypto {
    pub(crate) read_aeskey: *mut c_void,
    pub(crate) write_aeskey: *mut c_void,
}

/// How many ciphers and temporary keys there are. Its thread writes it, others read it; what one thread makes another may
/// free, so that a thread's number may be negative.
#[repr(C)]
pub struct AesStats {
    pub(crate) allocated_aes_crypto: AtomicI32,
    pub(crate) allocated_aes_crypto_temp: AtomicI32,
}

impl AesStats {
    pub(crate) const fn new() -> Self {
        Self { allocated_aes_crypto: AtomicI32::new(0), allocated_aes_crypto_temp: AtomicI32::new(0) }
    }
}
