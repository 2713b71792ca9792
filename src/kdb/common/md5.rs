// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/md5`.

use core::ffi::{CStr, c_char, c_int};

pub use crate::layout::md5::Md5Context;
use crate::{digest, kdb::support::bytes, runtime::md5};

/// Starts a digest.
///
/// # Safety
/// `ctx` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_starts(ctx: *mut Md5Context) {
    // SAFETY: writable, aligned as C's own, and integers whatever they are.
    unsafe { (*ctx).start() }
}

/// Feeds `ilen` bytes; none if that is negative.
///
/// # Safety
/// `ctx` was started, and `input` is *readable* for `ilen` bytes outside `ctx`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_update(ctx: *mut Md5Context, input: *mut u8, ilen: c_int) {
    // SAFETY: the same promises.
    unsafe { (*ctx).update(bytes(input.cast(), ilen)) }
}

/// Writes the digest.
///
/// # Safety
/// `ctx` was started, and `output` is *writable* for 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_finish(ctx: *mut Md5Context, output: *mut u8) {
    // SAFETY: the same promises.
    unsafe { output.cast::<[u8; 16]>().write_unaligned((*ctx).finish()) }
}

/// The MD5 digest of `ilen` bytes; a negative length is empty.
///
/// # Safety
/// `input` is *readable* for `ilen` bytes and `output` is *writable* for 16; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5(input: *mut u8, ilen: c_int, output: *mut u8) {
    // SAFETY: the same promises; nothing is written before the slice's last use.
    unsafe { output.cast::<[u8; 16]>().write_unaligned(digest::md5(bytes(input.cast(), ilen))) }
}

/// The MD5 digest of `ilen` bytes in 32 hexadecimal digits, without a NUL; a negative length is empty.
///
/// # Safety
/// `input` is *readable* for `ilen` bytes and `output` is *writable* for 32; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hex(input: *mut c_char, ilen: c_int, output: *mut c_char) {
    // SAFETY: the same promises; nothing is written before the slice's last use.
    unsafe { output.cast::<[u8; 32]>().write_unaligned(digest::md5_hex(bytes(input.cast(), ilen))) }
}

/// The MD5 digest of a file.
///
/// Returns 0; 1 if the file cannot be opened, and then writes nothing; 2 if it cannot be read to its end, and then
/// writes the digest of the bytes that could be read.
///
/// # Safety
/// `path` is a C string, and `output` is *writable* for 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_file(path: *mut c_char, output: *mut u8) -> c_int {
    // SAFETY: a C string, as the caller promises.
    let Some((digest, whole)) = md5::digest_of_file(unsafe { CStr::from_ptr(path) }) else { return 1 };
    // SAFETY: writable, as the caller promises.
    unsafe { output.cast::<[u8; 16]>().write_unaligned(digest) };
    if whole { 0 } else { 2 }
}

/// Starts an HMAC under a key of any length; a negative one is empty.
///
/// # Safety
/// `ctx` is *writable*, and `key` is *readable* for `keylen` bytes outside `ctx`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hmac_starts(ctx: *mut Md5Context, key: *mut u8, keylen: c_int) {
    // SAFETY: the same promises.
    unsafe { (*ctx).hmac_start(bytes(key.cast(), keylen)) }
}

/// Feeds `ilen` bytes; none if that is negative.
///
/// # Safety
/// As for [`md5_update`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hmac_update(ctx: *mut Md5Context, input: *mut u8, ilen: c_int) {
    // SAFETY: the same promises.
    unsafe { md5_update(ctx, input, ilen) }
}

/// Writes the HMAC.
///
/// # Safety
/// `ctx` was started for an HMAC, and `output` is *writable* for 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hmac_finish(ctx: *mut Md5Context, output: *mut u8) {
    // SAFETY: the same promises.
    unsafe { output.cast::<[u8; 16]>().write_unaligned((*ctx).hmac_finish()) }
}

/// The HMAC-MD5 of `ilen` bytes under a key of any length; a negative length is empty.
///
/// # Safety
/// `key` and `input` are *readable* for their lengths and `output` is *writable* for 16 bytes; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn md5_hmac(key: *mut u8, keylen: c_int, input: *mut u8, ilen: c_int, output: *mut u8) {
    // SAFETY: the same promises; nothing is written before the slices' last use.
    unsafe {
        let mac = digest::md5_hmac(bytes(key.cast(), keylen), bytes(input.cast(), ilen));
        output.cast::<[u8; 16]>().write_unaligned(mac);
    }
}
