// SPDX-License-Identifier: LGPL-2.0-or-later
//! The host's libcrypto. `shim/` binds it weakly: where the host is not linked with it, using it ends the process with a
//! message.

use core::ffi::{c_int, c_uint};

/// The host's `EVP_MD_CTX`. Its layout is private to libcrypto.
#[repr(C)]
pub struct EvpMdCtx {
    _opaque: [u8; 0],
}

/// The host's `EVP_CIPHER`. Its layout is private to libcrypto.
#[cfg(feature = "kdb")]
#[repr(C)]
pub struct EvpCipher {
    _opaque: [u8; 0],
}

/// The host's `EVP_CIPHER_CTX`. Its layout is private to libcrypto.
#[cfg(feature = "kdb")]
#[repr(C)]
pub struct EvpCipherCtx {
    _opaque: [u8; 0],
}

// From `shim/evp.c`.
unsafe extern "C" {
    pub(super) fn mtproxy_kdb_evp_starts(ctx: *mut EvpMdCtx, bits: c_int);
    pub(super) fn mtproxy_kdb_evp_update(ctx: *mut EvpMdCtx, data: *const u8, len: usize);
    pub(super) fn mtproxy_kdb_evp_finish(ctx: *mut EvpMdCtx, output: *mut u8) -> c_uint;
}

// From `shim/cipher.c`.
#[cfg(feature = "kdb")]
unsafe extern "C" {
    pub(super) fn mtproxy_kdb_cipher_init(
        cipher: *const EvpCipher,
        key: *const u8,
        iv: *const u8,
        encrypts: c_int,
    ) -> *mut EvpCipherCtx;
    pub(super) fn mtproxy_kdb_cipher_update(
        ctx: *mut EvpCipherCtx,
        input: *const u8,
        out: *mut u8,
        len: c_int,
    ) -> c_int;
    fn mtproxy_kdb_cipher_aes(ctr: c_int) -> *const EvpCipher;
    fn mtproxy_kdb_cipher_free(ctx: *mut EvpCipherCtx);
}

/// How AES-256 is used.
#[cfg(feature = "kdb")]
#[derive(Clone, Copy)]
pub(super) enum Mode {
    /// Whole blocks in a chain, which a receiver decrypts.
    Cbc,
    /// A stream, for which both ends encrypt a counter.
    Ctr,
}

/// A new context of AES-256 for one direction; null where libcrypto refuses.
#[cfg(feature = "kdb")]
pub(super) fn new_aes(mode: Mode, key: &[u8; 32], iv: &[u8; 16], sends: bool) -> *mut EvpCipherCtx {
    let ctr = matches!(mode, Mode::Ctr);
    // SAFETY: a key and a vector of this cipher's lengths.
    unsafe {
        let cipher = mtproxy_kdb_cipher_aes(ctr.into());
        mtproxy_kdb_cipher_init(cipher, key.as_ptr(), iv.as_ptr(), (ctr || sends).into())
    }
}

/// Wipes and frees a context; null is fine.
///
/// # Safety
/// `context` is null, or libcrypto's, and not used again.
#[cfg(feature = "kdb")]
pub(super) unsafe fn free_cipher(context: *mut EvpCipherCtx) {
    // SAFETY: the same promise.
    unsafe { mtproxy_kdb_cipher_free(context) }
}
