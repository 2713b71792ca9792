// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/sha256`.

use core::ffi::c_int;

use crate::{
    digest,
    kdb::{
        libcrypto::{EvpMdCtx, mtproxy_kdb_evp_finish, mtproxy_kdb_evp_starts, mtproxy_kdb_evp_update},
        support::{bytes, c_text, die},
    },
};

/// Starts a digest in the host's context, with the host's libcrypto.
///
/// # Safety
/// `ctx` was created by the host's libcrypto.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha256_starts(ctx: *mut EvpMdCtx) {
    // SAFETY: the same promise.
    unsafe { mtproxy_kdb_evp_starts(ctx, 256) }
}

/// Feeds `ilen` bytes; none if that is negative.
///
/// # Safety
/// `ctx` was started, and `input` is *readable* for `ilen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha256_update(ctx: *mut EvpMdCtx, input: *const u8, ilen: c_int) {
    // SAFETY: the same promises; the length is not negative.
    unsafe { mtproxy_kdb_evp_update(ctx, input, usize::try_from(ilen).unwrap_or(0)) }
}

/// Writes the digest.
///
/// # Safety
/// `ctx` was started, and `output` is *writable* for 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha256_finish(ctx: *mut EvpMdCtx, output: *mut u8) {
    // SAFETY: the same promises.
    if unsafe { mtproxy_kdb_evp_finish(ctx, output) } != 32 {
        die(c_text!("sha256_finish: not a SHA-256 context"));
    }
}

/// The SHA-256 digest of `ilen` bytes; a negative length is empty.
///
/// # Safety
/// `input` is *readable* for `ilen` bytes and `output` is *writable* for 32; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha256(input: *const u8, ilen: c_int, output: *mut u8) {
    // SAFETY: the same promises; nothing is written before the slice's last use.
    unsafe { output.cast::<[u8; 32]>().write_unaligned(digest::sha256(bytes(input.cast(), ilen))) }
}

/// The SHA-256 digest of two inputs in a row; a negative length is empty.
///
/// # Safety
/// The inputs are *readable* for their lengths and `output` is *writable* for 32 bytes; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha256_two_chunks(
    input1: *const u8,
    ilen1: c_int,
    input2: *const u8,
    ilen2: c_int,
    output: *mut u8,
) {
    // SAFETY: the same promises; nothing is written before the slices' last use.
    unsafe {
        let hash = digest::sha256_two_chunks(bytes(input1.cast(), ilen1), bytes(input2.cast(), ilen2));
        output.cast::<[u8; 32]>().write_unaligned(hash);
    }
}

/// The HMAC-SHA-256 of `ilen` bytes under a key of any length; a negative length is empty.
///
/// # Safety
/// `key` and `input` are *readable* for their lengths and `output` is *writable* for 32 bytes; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha256_hmac(
    key: *mut u8,
    keylen: c_int,
    input: *mut u8,
    ilen: c_int,
    output: *mut u8,
) {
    // SAFETY: the same promises; nothing is written before the slices' last use.
    unsafe {
        let mac = digest::sha256_hmac(bytes(key.cast(), keylen), bytes(input.cast(), ilen));
        output.cast::<[u8; 32]>().write_unaligned(mac);
    }
}
