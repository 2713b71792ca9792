// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `crypto/aesni256`: ciphers of the host's libcrypto.

use core::ffi::{c_int, c_void};

use crate::kdb::{
    libcrypto::{EvpCipher, EvpCipherCtx, mtproxy_kdb_cipher_init, mtproxy_kdb_cipher_update},
    support::{c_text, die},
};

/// A new context of that cipher, without padding; the caller frees it with `EVP_CIPHER_CTX_free`.
///
/// Ends the process if libcrypto refuses, or if the host is not linked with it.
///
/// # Safety
/// `cipher` is libcrypto's; `key` and `iv` are *readable* for as much as it needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evp_cipher_ctx_init(
    cipher: *const EvpCipher,
    key: *mut u8,
    iv: *mut u8,
    is_encrypt: c_int,
) -> *mut EvpCipherCtx {
    // SAFETY: the same promises.
    let ctx = unsafe { mtproxy_kdb_cipher_init(cipher, key, iv, is_encrypt) };
    if ctx.is_null() {
        die(c_text!("evp_cipher_ctx_init: libcrypto refuses"));
    }
    ctx
}

/// Encrypts or decrypts `size` bytes.
///
/// Ends the process if libcrypto refuses, or writes another number of bytes: so it does for a size that is not a whole number
/// of a cipher's blocks.
///
/// # Safety
/// `evp_ctx` is from [`evp_cipher_ctx_init`]. `input` is *readable* and `out` *writable* for `size` bytes; they are the same,
/// or do not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evp_crypt(
    evp_ctx: *mut EvpCipherCtx,
    input: *const c_void,
    out: *mut c_void,
    size: c_int,
) {
    // SAFETY: the same promises.
    if unsafe { mtproxy_kdb_cipher_update(evp_ctx, input.cast(), out.cast(), size) } == 0 {
        die(c_text!("evp_crypt: libcrypto refuses, or the size is not a whole number of blocks"));
    }
}
