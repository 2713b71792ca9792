// SPDX-License-Identifier: LGPL-2.0-or-later
//! Checksums by table look-up: four or eight independent look-ups at a time.
#![forbid(unsafe_code)]

use super::polynomial::{self, Modulus};

pub(super) static CRC32: Tables<8> = Tables::new(polynomial::CRC32);
/// On x86-64 these tables serve only CPUs from before 2009, for which the original has four too.
pub(super) static CRC32C: Tables<{ if cfg!(target_arch = "x86_64") { 4 } else { 8 } }> =
    Tables::new(polynomial::CRC32C);

/// `self.0[k][b]` is the register after byte `b` and then `k` zero bytes, from register 0.
pub(super) struct Tables<const COUNT: usize>([[u32; 256]; COUNT]);

impl<const COUNT: usize> Tables<COUNT> {
    const fn new(polynomial: u32) -> Self {
        let modulus = Modulus::of_32(polynomial);
        let mut tables = [[0; 256]; COUNT];
        let mut byte = 0;
        while byte < 256 {
            let mut register = byte as u32;
            let mut k = 0;
            while k < COUNT {
                register = (register >> 8) ^ modulus.after_byte(register as u8) as u32;
                tables[k][byte] = register;
                k += 1;
            }
            byte += 1;
        }
        Self(tables)
    }

    /// The register after `data`.
    #[inline]
    pub(super) fn update(&self, data: &[u8], mut crc: u32) -> u32 {
        let mut rest = data;
        while let Some((&octet, tail)) = rest.split_first_chunk() {
            crc = self.octet(octet, crc);
            rest = tail;
        }
        self.update_short(rest, crc)
    }

    /// The register after fewer than 16 bytes.
    #[inline]
    pub(super) fn update_short(&self, data: &[u8], mut crc: u32) -> u32 {
        let Some([t0, t1, t2, t3]) = self.0.first_chunk() else { return crc };
        let mut rest = data;
        if let Some((&octet, tail)) = rest.split_first_chunk() {
            crc = self.octet(octet, crc);
            rest = tail;
        }
        if let Some((&word, tail)) = rest.split_first_chunk() {
            crc = look_up([t3, t2, t1, t0], u32::from_le_bytes(word) ^ crc);
            rest = tail;
        }
        if let Some((&pair, tail)) = rest.split_first_chunk() {
            let [a, b] = (u16::from_le_bytes(pair) ^ crc as u16).to_le_bytes().map(usize::from);
            crc = (crc >> 16) ^ t1[a] ^ t0[b];
            rest = tail;
        }
        if let [last] = rest {
            crc = (crc >> 8) ^ t0[usize::from(crc as u8 ^ last)];
        }
        crc
    }

    #[inline]
    fn octet(&self, [a, b, c, d, e, f, g, h]: [u8; 8], crc: u32) -> u32 {
        let (first, second) = (u32::from_le_bytes([a, b, c, d]) ^ crc, u32::from_le_bytes([e, f, g, h]));
        match self.0.as_slice() {
            [t0, t1, t2, t3, t4, t5, t6, t7, ..] => {
                look_up([t7, t6, t5, t4], first) ^ look_up([t3, t2, t1, t0], second)
            }
            [t0, t1, t2, t3, ..] => {
                let tables = [t3, t2, t1, t0];
                look_up(tables, look_up(tables, first) ^ second)
            }
            _ => crc,
        }
    }
}

/// Looks each byte of `word` up in its table.
#[inline]
fn look_up(tables: [&[u32; 256]; 4], word: u32) -> u32 {
    let [a, b, c, d] = word.to_le_bytes().map(usize::from);
    let [ta, tb, tc, td] = tables;
    ta[a] ^ tb[b] ^ tc[c] ^ td[d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_agree_with_the_named_crates() {
        let data: Vec<u8> = (0..200u32).map(|i| (i * i * 31 + 7) as u8).collect();
        for start in 0..8 {
            for end in start..data.len() {
                let (piece, seed) = (&data[start..end], 0x9e37_79b9 ^ end as u32);
                let mut by_crate = crc32fast::Hasher::new_with_initial(!seed);
                by_crate.update(piece);
                assert_eq!(CRC32.update(piece, seed), !by_crate.finalize(), "{start}..{end}");
                assert_eq!(
                    CRC32C.update(piece, !seed),
                    !crc32c::crc32c_append(seed, piece),
                    "{start}..{end}"
                );
            }
        }
    }
}
