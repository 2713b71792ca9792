// SPDX-License-Identifier: LGPL-2.0-or-later
//! MD5 (RFC 1321).
//!
//! MD5 is one long chain of dependent steps, and the compiled code of the `md-5` crate makes that chain a fifth longer than
//! necessary; hence an implementation of our own. The tests compare it with the crate.
#![forbid(unsafe_code)]

use core::hint::black_box;

use crate::digits::hex_digits;

/// The MD5 digest of `input`.
///
/// Legacy: `md5`.
#[must_use]
#[inline(never)] // `md5_hex` calls it too: once in what ships
pub fn md5(input: &[u8]) -> [u8; 16] {
    finish(START, 0, input)
}

/// The MD5 digest of `input` as 32 lower-case hexadecimal digits, without a terminator.
///
/// Legacy: `md5_hex`.
///
/// ```
/// assert_eq!(&mtproxy_ffi::digest::md5_hex(b"abc"), b"900150983cd24fb0d6963f7d28e17f72");
/// ```
#[must_use]
#[inline(never)]
pub fn md5_hex(input: &[u8]) -> [u8; 32] {
    let mut hex = [0; 32];
    for (pair, byte) in hex.chunks_exact_mut(2).zip(md5(input)) {
        pair.copy_from_slice(&hex_digits(byte));
    }
    hex
}

/// The HMAC-MD5 (RFC 2104) of `input` under `key`, which is hashed first if it is longer than a block.
///
/// Legacy: `md5_hmac`.
#[must_use]
pub fn md5_hmac(key: &[u8], input: &[u8]) -> [u8; 16] {
    let mut block = [0; BLOCK];
    match block.get_mut(..key.len()) {
        Some(place) => place.copy_from_slice(key),
        None => block.iter_mut().zip(md5(key)).for_each(|(place, byte)| *place = byte),
    }
    let inner = after_key(&block, 0x36, input);
    after_key(&block, 0x5c, &inner)
}

/// The digest of the key's block, with `pad` added to each byte by exclusive or, followed by `input`.
fn after_key(key: &[u8; BLOCK], pad: u8, input: &[u8]) -> [u8; 16] {
    let (state, _) = absorb(START, &key.map(|byte| byte ^ pad));
    finish(state, BLOCK, input)
}

/// Feeds the whole blocks of `input` into the raw MD5 state, and returns the new state and the remaining bytes, for a caller
/// that keeps both itself. The state before the first block is [`MD5_START`].
///
/// Legacy: the block loop of `md5_update`.
#[must_use]
pub fn md5_blocks(state: [u32; 4], input: &[u8]) -> ([u32; 4], &[u8]) {
    absorb(state, input)
}

/// The MD5 state before the first block.
pub const MD5_START: [u32; 4] = START;

const BLOCK: usize = 64;

type State = [u32; 4];

const START: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// The digest of a message: `state` is the state after its first `done` bytes, which are whole blocks, and `input` the rest.
#[inline]
fn finish(state: State, done: usize, input: &[u8]) -> [u8; 16] {
    let (state, rest) = absorb(state, input);
    let bits = ((done + input.len()) as u64).wrapping_mul(8).to_le_bytes();
    let mut last = [0; 2 * BLOCK];
    if let Some((place, [mark, ..])) = last.split_at_mut_checked(rest.len()) {
        place.copy_from_slice(rest);
        *mark = 0x80;
    }
    let (one, _) = last.split_at_mut(BLOCK);
    let padded = if rest.len() < BLOCK - bits.len() { one } else { &mut last };
    if let Some(place) = padded.last_chunk_mut() {
        *place = bits;
    }
    let mut digest = [0; 16];
    for (place, word) in digest.chunks_exact_mut(4).zip(absorb(state, padded).0) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    digest
}

/// The constants of each round, in the order of the words that they are added to.
#[rustfmt::skip]
const ADDENDS: [[u32; 16]; 4] = [
    [
        0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
        0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
    ],
    [
        0xe9b6_c7aa, 0xf61e_2562, 0xfcef_a3f8, 0xf4d5_0d87, 0xe7d3_fbc8, 0xd62f_105d, 0xc040_b340, 0x676f_02d9,
        0x455a_14ed, 0x21e1_cde6, 0x0244_1453, 0x265e_5a51, 0x8d2a_4c8a, 0xa9e3_e905, 0xc337_07d6, 0xd8a1_e681,
    ],
    [
        0xeaa1_27fa, 0xa4be_ea44, 0xc4ac_5665, 0xd4ef_3085, 0x4bde_cfa9, 0xfffa_3942, 0x0488_1d05, 0xf6bb_4b60,
        0x8771_f681, 0xd9d4_d039, 0xbebf_bc70, 0x6d9d_6122, 0xe6db_99e5, 0x289b_7ec6, 0xfde5_380c, 0x1fa2_7cf8,
    ],
    [
        0xf429_2244, 0x8584_5dd1, 0x2ad7_d2bb, 0x8f0c_cc92, 0xf753_7e82, 0xfc93_a039, 0xa301_4314, 0x432a_ff97,
        0x6fa8_7e4f, 0xeb86_d391, 0xffef_f47d, 0xbd3a_f235, 0x655b_59c3, 0x4e08_11a1, 0xab94_23a7, 0xfe2c_e6e0,
    ],
];

/// A step of each round: `a + addend + f(b, c, d)`, rotated, plus `b`.
macro_rules! step {
    (F, $a:ident $b:ident $c:ident $d:ident, $addend:expr, $rotate:literal) => {
        $a = $a.wrapping_add($addend).wrapping_add($d ^ ($b & ($c ^ $d)));
        $a = $a.rotate_left($rotate).wrapping_add($b);
    };
    // The two halves have no bit in common, so they can be added separately: the one without `$b` early.
    (G, $a:ident $b:ident $c:ident $d:ident, $addend:expr, $rotate:literal) => {
        $a = $a.wrapping_add($addend).wrapping_add($c & !$d).wrapping_add($b & $d);
        $a = $a.rotate_left($rotate).wrapping_add($b);
    };
    (H, $a:ident $b:ident $c:ident $d:ident, $addend:expr, $rotate:literal) => {
        $a = $a.wrapping_add($addend).wrapping_add($b ^ ($c ^ $d));
        $a = $a.rotate_left($rotate).wrapping_add($b);
    };
    (I, $a:ident $b:ident $c:ident $d:ident, $addend:expr, $rotate:literal) => {
        $a = $a.wrapping_add($addend).wrapping_add($c ^ ($b | !$d));
        $a = $a.rotate_left($rotate).wrapping_add($b);
    };
}

/// The state after all whole blocks of `input`, and the rest of it.
///
/// In each step `$b` is the result of the step before. All other terms are added up in parallel, so that as few operations
/// as possible separate one `$b` from the next.
fn absorb([mut a, mut b, mut c, mut d]: State, input: &[u8]) -> (State, &[u8]) {
    let mut rest = input;
    while let Some((block, tail)) = rest.split_first_chunk::<BLOCK>() {
        let mut addends = ADDENDS;
        for round in &mut addends {
            for (addend, bytes) in round.iter_mut().zip(block.chunks_exact(4)) {
                *addend = addend.wrapping_add(bytes.try_into().map_or(0, u32::from_le_bytes));
            }
        }
        // Without `black_box` the compiler would reorder these sums and add the constants last, in the chain.
        let addends = black_box(&addends);
        let [a0, b0, c0, d0] = [a, b, c, d];

        step!(F, a b c d, addends[0][0], 7);
        step!(F, d a b c, addends[0][1], 12);
        step!(F, c d a b, addends[0][2], 17);
        step!(F, b c d a, addends[0][3], 22);
        step!(F, a b c d, addends[0][4], 7);
        step!(F, d a b c, addends[0][5], 12);
        step!(F, c d a b, addends[0][6], 17);
        step!(F, b c d a, addends[0][7], 22);
        step!(F, a b c d, addends[0][8], 7);
        step!(F, d a b c, addends[0][9], 12);
        step!(F, c d a b, addends[0][10], 17);
        step!(F, b c d a, addends[0][11], 22);
        step!(F, a b c d, addends[0][12], 7);
        step!(F, d a b c, addends[0][13], 12);
        step!(F, c d a b, addends[0][14], 17);
        step!(F, b c d a, addends[0][15], 22);

        step!(G, a b c d, addends[1][1], 5);
        step!(G, d a b c, addends[1][6], 9);
        step!(G, c d a b, addends[1][11], 14);
        step!(G, b c d a, addends[1][0], 20);
        step!(G, a b c d, addends[1][5], 5);
        step!(G, d a b c, addends[1][10], 9);
        step!(G, c d a b, addends[1][15], 14);
        step!(G, b c d a, addends[1][4], 20);
        step!(G, a b c d, addends[1][9], 5);
        step!(G, d a b c, addends[1][14], 9);
        step!(G, c d a b, addends[1][3], 14);
        step!(G, b c d a, addends[1][8], 20);
        step!(G, a b c d, addends[1][13], 5);
        step!(G, d a b c, addends[1][2], 9);
        step!(G, c d a b, addends[1][7], 14);
        step!(G, b c d a, addends[1][12], 20);

        step!(H, a b c d, addends[2][5], 4);
        step!(H, d a b c, addends[2][8], 11);
        step!(H, c d a b, addends[2][11], 16);
        step!(H, b c d a, addends[2][14], 23);
        step!(H, a b c d, addends[2][1], 4);
        step!(H, d a b c, addends[2][4], 11);
        step!(H, c d a b, addends[2][7], 16);
        step!(H, b c d a, addends[2][10], 23);
        step!(H, a b c d, addends[2][13], 4);
        step!(H, d a b c, addends[2][0], 11);
        step!(H, c d a b, addends[2][3], 16);
        step!(H, b c d a, addends[2][6], 23);
        step!(H, a b c d, addends[2][9], 4);
        step!(H, d a b c, addends[2][12], 11);
        step!(H, c d a b, addends[2][15], 16);
        step!(H, b c d a, addends[2][2], 23);

        step!(I, a b c d, addends[3][0], 6);
        step!(I, d a b c, addends[3][7], 10);
        step!(I, c d a b, addends[3][14], 15);
        step!(I, b c d a, addends[3][5], 21);
        step!(I, a b c d, addends[3][12], 6);
        step!(I, d a b c, addends[3][3], 10);
        step!(I, c d a b, addends[3][10], 15);
        step!(I, b c d a, addends[3][1], 21);
        step!(I, a b c d, addends[3][8], 6);
        step!(I, d a b c, addends[3][15], 10);
        step!(I, c d a b, addends[3][6], 15);
        step!(I, b c d a, addends[3][13], 21);
        step!(I, a b c d, addends[3][4], 6);
        step!(I, d a b c, addends[3][11], 10);
        step!(I, c d a b, addends[3][2], 15);
        step!(I, b c d a, addends[3][9], 21);

        [a, b, c, d] = [a0.wrapping_add(a), b0.wrapping_add(b), c0.wrapping_add(c), d0.wrapping_add(d)];
        rest = tail;
    }
    ([a, b, c, d], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_named_crate_at_every_length() {
        use ::md5::{Digest, Md5};
        let data: Vec<u8> = (0..500u32).map(|i| (i * i * 31 + 7) as u8).collect();
        for len in 0..data.len() {
            assert_eq!(md5(&data[..len]), <[u8; 16]>::from(Md5::digest(&data[..len])), "{len} bytes");
        }
    }

    #[test]
    fn macs_are_those_of_the_named_crates_at_every_key_length() {
        use hmac::{Hmac, KeyInit, Mac};
        let data: Vec<u8> = (0..300u32).map(|i| (i * i * 31 + 7) as u8).collect();
        for len in 0..200 {
            let mac =
                Hmac::<::md5::Md5>::new_from_slice(&data[..len]).expect("any key").chain_update(&data[len..]);
            assert_eq!(md5_hmac(&data[..len], &data[len..]), <[u8; 16]>::from(mac.finalize().into_bytes()));
        }
    }
}
