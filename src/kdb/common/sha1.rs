// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/sha1`.

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
pub unsafe extern "C" fn sha1_starts(ctx: *mut EvpMdCtx) {
    // SAFETY: the same promise.
    unsafe { mtproxy_kdb_evp_starts(ctx, 160) }
}

/// Feeds `ilen` bytes; none if that is negative.
///
/// # Safety
/// `ctx` was started, and `input` is *readable* for `ilen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha1_update(ctx: *mut EvpMdCtx, input: *const u8, ilen: c_int) {
    // SAFETY: the same promises; the length is not negative.
    unsafe { mtproxy_kdb_evp_update(ctx, input, usize::try_from(ilen).unwrap_or(0)) }
}

/// Writes the digest.
///
/// # Safety
/// `ctx` was started, and `output` is *writable* for 20 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha1_finish(ctx: *mut EvpMdCtx, output: *mut u8) {
    // SAFETY: the same promises.
    if unsafe { mtproxy_kdb_evp_finish(ctx, output) } != 20 {
        die(c_text!("sha1_finish: not a SHA-1 context"));
    }
}

/// The SHA-1 digest of `ilen` bytes; a negative length is empty.
///
/// # Safety
/// `input` is *readable* for `ilen` bytes and `output` is *writable* for 20; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha1(input: *const u8, ilen: c_int, output: *mut u8) {
    // SAFETY: the same promises; nothing is written before the slice's last use.
    unsafe { output.cast::<[u8; 20]>().write_unaligned(digest::sha1(bytes(input.cast(), ilen))) }
}

/// The SHA-1 digest of two inputs in a row; a negative length is empty.
///
/// # Safety
/// The inputs are *readable* for their lengths and `output` is *writable* for 20 bytes; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha1_two_chunks(
    input1: *const u8,
    ilen1: c_int,
    input2: *const u8,
    ilen2: c_int,
    output: *mut u8,
) {
    // SAFETY: the same promises; nothing is written before the slices' last use.
    unsafe {
        let hash = digest::sha1_two_chunks(bytes(input1.cast(), ilen1), bytes(input2.cast(), ilen2));
        output.cast::<[u8; 20]>().write_unaligned(hash);
    }
}
