// SPDX-License-Identifier: LGPL-2.0-or-later
//! Digests. Outputs may overlap inputs, because legacy callers hash buffers in place.

#![allow(rustdoc::broken_intra_doc_links, reason = "the annotations for cbindgen look like links")]

use core::ffi::c_char;

use super::boundary::{Failure, Output, input, status};
use crate::digest;

/// Hashes one input into `output`.
///
/// # Safety
/// `data` is *readable* for `len` bytes and `output` is *writable*; they *may overlap*.
unsafe fn one<const N: usize>(
    data: *const u8,
    len: usize,
    output: *mut u8,
    hash: fn(&[u8]) -> [u8; N],
) -> i32 {
    let run = || {
        // SAFETY: `output` is writable for `N` bytes.
        let output = unsafe { Output::new(output.cast()) }?;
        // SAFETY: `data` is readable for `len` bytes; nothing is written before the slice's last use.
        output.write(hash(unsafe { input(data, len) }?));
        Ok::<(), Failure>(())
    };
    status(run())
}

/// Hashes two inputs, or a key and an input, into `output`.
///
/// # Safety
/// `first` and `second` are *readable* for `first_len` and `second_len` bytes and `output` is *writable*; they
/// *may overlap*.
unsafe fn two<const N: usize>(
    (first, first_len): (*const u8, usize),
    (second, second_len): (*const u8, usize),
    output: *mut u8,
    hash: fn(&[u8], &[u8]) -> [u8; N],
) -> i32 {
    let run = || {
        // SAFETY: `output` is writable for `N` bytes.
        let output = unsafe { Output::new(output.cast()) }?;
        // SAFETY: both are readable for their lengths; nothing is written before the slices' last use.
        let (first, second) = unsafe { (input(first, first_len)?, input(second, second_len)?) };
        output.write(hash(first, second));
        Ok::<(), Failure>(())
    };
    status(run())
}

/// The MD5 digest of `len` bytes.
///
/// Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if `input` is NULL and `len` is
/// not 0, or if `len` is above `PTRDIFF_MAX`. Matches the legacy `md5`.
///
/// # Safety
/// `input` points to `len` readable bytes and `output` to 16 writable bytes; they may overlap.
///
/// cbindgen:ptrs-as-arrays=[[output;16]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_md5(input: *const u8, len: usize, output: *mut u8) -> i32 {
    // SAFETY: the same promises.
    unsafe { one(input, len, output, digest::md5) }
}

/// The MD5 digest of `len` bytes as 32 lower-case hexadecimal digits, without a terminating NUL.
///
/// Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if `input` is NULL and `len` is
/// not 0, or if `len` is above `PTRDIFF_MAX`. Matches the legacy `md5_hex`.
///
/// # Safety
/// `input` points to `len` readable bytes and `output` to 32 writable bytes; they may overlap.
///
/// cbindgen:ptrs-as-arrays=[[output;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_md5_hex(input: *const u8, len: usize, output: *mut c_char) -> i32 {
    // SAFETY: the same promises.
    unsafe { one(input, len, output.cast(), digest::md5_hex) }
}

/// The HMAC-MD5 of `len` bytes under a key of any length.
///
/// Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if an input is NULL and its
/// length is not 0, or if a length is above `PTRDIFF_MAX`. Matches the legacy `md5_hmac`.
///
/// # Safety
/// `key` points to `key_len` readable bytes, `input` to `len` readable bytes, and `output` to 16 writable
/// bytes; they may overlap.
///
/// cbindgen:ptrs-as-arrays=[[output;16]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_md5_hmac(
    key: *const u8,
    key_len: usize,
    input: *const u8,
    len: usize,
    output: *mut u8,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { two((key, key_len), (input, len), output, digest::md5_hmac) }
}

/// The SHA-1 digest of `len` bytes.
///
/// Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if `input` is NULL and `len` is
/// not 0, or if `len` is above `PTRDIFF_MAX`. Matches the legacy `sha1`.
///
/// # Safety
/// `input` points to `len` readable bytes and `output` to 20 writable bytes; they may overlap.
///
/// cbindgen:ptrs-as-arrays=[[output;20]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_sha1(input: *const u8, len: usize, output: *mut u8) -> i32 {
    // SAFETY: the same promises.
    unsafe { one(input, len, output, digest::sha1) }
}

/// The SHA-1 digest of two inputs, one after the other.
///
/// Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if an input is NULL and its
/// length is not 0, or if a length is above `PTRDIFF_MAX`. Matches the legacy `sha1_two_chunks`.
///
/// # Safety
/// `input1` points to `len1` readable bytes, `input2` to `len2` readable bytes, and `output` to 20 writable
/// bytes; they may overlap.
///
/// cbindgen:ptrs-as-arrays=[[output;20]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_sha1_two_chunks(
    input1: *const u8,
    len1: usize,
    input2: *const u8,
    len2: usize,
    output: *mut u8,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { two((input1, len1), (input2, len2), output, digest::sha1_two_chunks) }
}

/// The SHA-256 digest of `len` bytes.
///
/// Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if `input` is NULL and `len` is
/// not 0, or if `len` is above `PTRDIFF_MAX`. Matches the legacy `sha256`.
///
/// # Safety
/// `input` points to `len` readable bytes and `output` to 32 writable bytes; they may overlap.
///
/// cbindgen:ptrs-as-arrays=[[output;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_sha256(input: *const u8, len: usize, output: *mut u8) -> i32 {
    // SAFETY: the same promises.
    unsafe { one(input, len, output, digest::sha256) }
}

/// The SHA-256 digest of two inputs, one after the other.
///
/// Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if an input is NULL and its
/// length is not 0, or if a length is above `PTRDIFF_MAX`. Matches the legacy `sha256_two_chunks`.
///
/// # Safety
/// `input1` points to `len1` readable bytes, `input2` to `len2` readable bytes, and `output` to 32 writable
/// bytes; they may overlap.
///
/// cbindgen:ptrs-as-arrays=[[output;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_sha256_two_chunks(
    input1: *const u8,
    len1: usize,
    input2: *const u8,
    len2: usize,
    output: *mut u8,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { two((input1, len1), (input2, len2), output, digest::sha256_two_chunks) }
}

/// The HMAC-SHA-256 of `len` bytes under a key of any length.
///
/// Returns 0 and writes `output`; `MTPROXY_FFI_EINVAL` if `output` is NULL, if an input is NULL and its
/// length is not 0, or if a length is above `PTRDIFF_MAX`. Matches the legacy `sha256_hmac`.
///
/// # Safety
/// `key` points to `key_len` readable bytes, `input` to `len` readable bytes, and `output` to 32 writable
/// bytes; they may overlap.
///
/// cbindgen:ptrs-as-arrays=[[output;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_sha256_hmac(
    key: *const u8,
    key_len: usize,
    input: *const u8,
    len: usize,
    output: *mut u8,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { two((key, key_len), (input, len), output, digest::sha256_hmac) }
}
