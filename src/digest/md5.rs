//! MD5 (RFC 1321).
#![forbid(unsafe_code)]

use md5::{Digest, Md5};

/// The MD5 digest of `input`.
///
/// Legacy: `md5`.
#[must_use]
pub fn md5(input: &[u8]) -> [u8; 16] {
    Md5::digest(input).into()
}

/// The MD5 digest of `input` as 32 lower-case hexadecimal digits, without a terminator.
///
/// Legacy: `md5_hex`.
///
/// ```
/// assert_eq!(&mtproxy_ffi::digest::md5_hex(b"abc"), b"900150983cd24fb0d6963f7d28e17f72");
/// ```
#[must_use]
pub fn md5_hex(input: &[u8]) -> [u8; 32] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = [0; 32];
    for (pair, byte) in hex.chunks_exact_mut(2).zip(md5(input)) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    hex
}

/// Feeds whole blocks into the raw MD5 state, and returns the new one: for a caller that keeps the state and the
/// bytes between two blocks itself. The state before the first block is [`MD5_START`].
///
/// Legacy: what `md5_update` does with its context.
#[must_use]
pub fn md5_blocks(mut state: [u32; 4], blocks: &[[u8; 64]]) -> [u32; 4] {
    md5::block_api::compress(&mut state, blocks);
    state
}

/// The MD5 state before the first block.
pub const MD5_START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
