// SPDX-License-Identifier: LGPL-2.0-or-later
//! The host's libcrypto. `shim/` binds it weakly: where the host is not linked with it, using it ends the process with a
//! message.

use core::ffi::{c_int, c_uint};
#[cfg(feature = "kdb")]
use core::ptr;

#[cfg(feature = "kdb")]
use crate::{
    crypto::Number,
    kdb::support::{c_text, die},
    runtime::dh::Powers,
};

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

/// The host's `BIGNUM`. Its layout is private to libcrypto.
#[cfg(feature = "kdb")]
#[repr(C)]
pub struct BigNumber {
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

// From `shim/bignum.c`.
#[cfg(feature = "kdb")]
unsafe extern "C" {
    fn mtproxy_kdb_number(bytes: *const u8, len: c_int) -> *mut BigNumber;
    fn mtproxy_kdb_power(
        base: *const BigNumber,
        base_bytes: *const u8,
        exponent: *const u8,
        modulus: *const BigNumber,
        result: *mut u8,
        size: c_int,
    ) -> c_int;
}

/// A new number; null where there is no memory.
#[cfg(feature = "kdb")]
pub(super) fn new_number(bytes: &[u8]) -> *mut BigNumber {
    // SAFETY: readable for this length.
    unsafe { mtproxy_kdb_number(bytes.as_ptr(), bytes.len() as c_int) }
}

/// Powers modulo `prime`. The process ends where libcrypto refuses, as without memory.
#[cfg(feature = "kdb")]
pub(super) struct ModularPowers<'a> {
    pub(super) prime: &'a BigNumber,
    pub(super) generator: &'a BigNumber,
}

/// A base, as libcrypto or as its sender has it.
#[cfg(feature = "kdb")]
enum Base<'a> {
    Number(&'a BigNumber),
    Bytes(&'a Number),
}

#[cfg(feature = "kdb")]
impl ModularPowers<'_> {
    fn power(&self, base: Base<'_>, exponent: &Number, result: &mut Number) {
        let (number, bytes) = match base {
            Base::Number(number) => (ptr::from_ref(number), ptr::null()),
            Base::Bytes(bytes) => (ptr::null(), bytes.as_ptr()),
        };
        let (size, result) = (size_of::<Number>() as c_int, result.as_mut_ptr());
        // SAFETY: libcrypto's numbers, of which the base may be missing if there are its bytes; all bytes are as many as
        // the size, and the result is writable.
        if unsafe { mtproxy_kdb_power(number, bytes, exponent.as_ptr(), self.prime, result, size) } != 1 {
            die(c_text!("Diffie-Hellman: libcrypto refuses"));
        }
    }
}

#[cfg(feature = "kdb")]
impl Powers for ModularPowers<'_> {
    fn of_generator(&self, exponent: &Number, result: &mut Number) {
        self.power(Base::Number(self.generator), exponent, result);
    }

    fn of(&self, base: &Number, exponent: &Number, result: &mut Number) {
        self.power(Base::Bytes(base), exponent, result);
    }
}
