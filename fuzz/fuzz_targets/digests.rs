// SPDX-License-Identifier: LGPL-2.0-or-later
//! Digests and HMACs against the RustCrypto crates and, if built with it, OpenSSL; then the drop-in's functions, and the
//! original's.
#![no_main]

use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use md5::Md5;
use mtproxy_ffi::digest;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use support::Digest as Names;

#[cfg(feature = "openssl")]
mod openssl {
    use std::ffi::{c_int, c_void};

    #[link(name = "crypto")]
    unsafe extern "C" {
        safe fn EVP_md5() -> *const c_void;
        safe fn EVP_sha1() -> *const c_void;
        safe fn EVP_sha256() -> *const c_void;
        fn EVP_Digest(
            data: *const u8,
            len: usize,
            out: *mut u8,
            size: *mut u32,
            kind: *const c_void,
            engine: *mut c_void,
        ) -> c_int;
        fn HMAC(
            kind: *const c_void,
            key: *const u8,
            key_len: c_int,
            data: *const u8,
            len: usize,
            out: *mut u8,
            size: *mut u32,
        ) -> *mut u8;
    }

    fn hash<const N: usize>(kind: *const c_void, data: &[u8]) -> [u8; N] {
        let (mut out, mut size) = ([0; 64], 0);
        // SAFETY: a readable input, and room for the longest digest.
        let done = unsafe {
            EVP_Digest(data.as_ptr(), data.len(), out.as_mut_ptr(), &mut size, kind, std::ptr::null_mut())
        };
        assert_eq!((done, size as usize), (1, N));
        *out.first_chunk().expect("shorter than the longest")
    }

    fn hmac<const N: usize>(kind: *const c_void, key: &[u8], data: &[u8]) -> [u8; N] {
        let (mut out, mut size) = ([0; 64], 0);
        // SAFETY: readable inputs, and room for the longest digest.
        let done = unsafe {
            HMAC(
                kind,
                key.as_ptr(),
                key.len() as c_int,
                data.as_ptr(),
                data.len(),
                out.as_mut_ptr(),
                &mut size,
            )
        };
        assert_eq!((done.is_null(), size as usize), (false, N));
        *out.first_chunk().expect("shorter than the longest")
    }

    pub(super) fn check(key: &[u8], data: &[u8]) {
        use mtproxy_ffi::digest;
        assert_eq!(digest::md5(data), hash(EVP_md5(), data));
        assert_eq!(digest::sha1(data), hash(EVP_sha1(), data));
        assert_eq!(digest::sha256(data), hash(EVP_sha256(), data));
        assert_eq!(digest::md5_hmac(key, data), hmac(EVP_md5(), key, data));
        assert_eq!(digest::sha256_hmac(key, data), hmac(EVP_sha256(), key, data));
    }
}

/// The bytes that a legacy digest writes.
fn written<const N: usize>(write: impl FnOnce(*mut u8)) -> [u8; N] {
    let mut out = [0; N];
    write(out.as_mut_ptr());
    out
}

fn legacy(names: &Names, first: &[u8], second: &[u8]) {
    let ((a, n), (b, m)) = [first, second].map(|data| (data.as_ptr().cast_mut(), data.len() as i32)).into();
    // SAFETY: readable inputs (the C prototypes lack the const), and room for each digest.
    unsafe {
        assert_eq!(written(|out| (names.md5)(b, m, out)), digest::md5(second));
        assert_eq!(written(|out| (names.md5_hex)(b.cast(), m, out.cast())), digest::md5_hex(second));
        assert_eq!(written(|out| (names.md5_hmac)(a, n, b, m, out)), digest::md5_hmac(first, second));
        if !names.has_sha() {
            return;
        }
        assert_eq!(written(|out| (names.sha1)(b, m, out)), digest::sha1(second));
        assert_eq!(written(|out| (names.sha256)(b, m, out)), digest::sha256(second));
        let both = digest::sha1_two_chunks(first, second);
        assert_eq!(written(|out| (names.sha1_two_chunks)(a, n, b, m, out)), both);
        let both = digest::sha256_two_chunks(first, second);
        assert_eq!(written(|out| (names.sha256_two_chunks)(a, n, b, m, out)), both);
        assert_eq!(written(|out| (names.sha256_hmac)(a, n, b, m, out)), digest::sha256_hmac(first, second));
    }
}

fuzz_target!(init: { Names::sides(); }, |data: &[u8]| {
    let Some((&cut, data)) = data.split_first() else { return };
    let (first, second) = data.split_at(usize::from(cut).min(data.len()));
    assert_eq!(digest::md5(data)[..], Md5::digest(data)[..]);
    assert_eq!(digest::sha1(data)[..], Sha1::digest(data)[..]);
    assert_eq!(digest::sha256(data)[..], Sha256::digest(data)[..]);
    assert_eq!(digest::sha1_two_chunks(first, second), digest::sha1(data));
    assert_eq!(digest::sha256_two_chunks(first, second), digest::sha256(data));
    let mut mac = Hmac::<Md5>::new_from_slice(first).expect("any key");
    mac.update(second);
    assert_eq!(digest::md5_hmac(first, second)[..], mac.finalize().into_bytes()[..]);
    let mut mac = Hmac::<Sha256>::new_from_slice(first).expect("any key");
    mac.update(second);
    assert_eq!(digest::sha256_hmac(first, second)[..], mac.finalize().into_bytes()[..]);
    let hex: String = digest::md5(data).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest::md5_hex(data)[..], *hex.as_bytes());
    #[cfg(feature = "openssl")]
    openssl::check(first, second);
    for names in Names::sides() {
        legacy(names, first, second);
    }
});
