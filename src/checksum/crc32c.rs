//! CRC-32C (Castagnoli, reflected polynomial 0x82F63B78): the CPU's own instruction where there is one, else tables.
#![forbid(unsafe_code)]

use super::arch;

const POLYNOMIAL: u32 = 0x82f6_3b78;

/// `TABLES[k][b]` is the register after byte `b` and then `k` zero bytes, from register 0: what lets eight bytes
/// be looked up independently and xored together.
static TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut register = byte as u32;
        let mut k = 0;
        while k < 8 {
            let mut bit = 0;
            while bit < 8 {
                register = (register >> 1) ^ (POLYNOMIAL & (register & 1).wrapping_neg());
                bit += 1;
            }
            tables[k][byte] = register;
            k += 1;
        }
        byte += 1;
    }
    tables
}

/// Feeds `data` into the raw CRC-32C register `crc` and returns the new register: no inversion at either end.
///
/// Legacy: `crc32c_partial`.
///
/// ```
/// use mtproxy_ffi::checksum::crc32c_partial;
///
/// let whole = crc32c_partial(b"123456789", !0);
/// assert_eq!(whole, 0x1cf9_6d7c);
/// assert_eq!(crc32c_partial(b"56789", crc32c_partial(b"1234", !0)), whole);
/// ```
#[must_use]
pub fn crc32c_partial(data: &[u8], crc: u32) -> u32 {
    arch::crc32c(data, crc).unwrap_or_else(|| by_tables(data, crc))
}

/// The CRC-32C of `data`, as iSCSI, ext4 and SCTP define it.
///
/// Legacy: `compute_crc32c`.
///
/// ```
/// assert_eq!(mtproxy_ffi::checksum::crc32c(b"123456789"), 0xe306_9283);
/// ```
#[must_use]
pub fn crc32c(data: &[u8]) -> u32 {
    !crc32c_partial(data, !0)
}

fn by_tables(data: &[u8], mut crc: u32) -> u32 {
    let mut rest = data;
    while let Some((&[a, b, c, d, e, f, g, h], tail)) = rest.split_first_chunk() {
        let [a, b, c, d] = (crc ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
        crc = [h, g, f, e, d, c, b, a]
            .iter()
            .zip(&TABLES)
            .fold(0, |sum, (&byte, table)| sum ^ table[usize::from(byte)]);
        rest = tail;
    }
    rest.iter().fold(crc, |crc, &byte| (crc >> 8) ^ TABLES[0][usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One bit at a time, from the definition.
    fn bitwise(data: &[u8], crc: u32) -> u32 {
        data.iter().fold(crc, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |r, _| (r >> 1) ^ (POLYNOMIAL * (r & 1)))
        })
    }

    #[test]
    fn tables_and_instruction_agree_with_the_definition() {
        let data: Vec<u8> = (0..300u32).map(|i| (i * i * 31 + 7) as u8).collect();
        for start in 0..16 {
            for end in start..data.len() {
                let (piece, seed) = (&data[start..end], 0x9e37_79b9 ^ end as u32);
                let expected = bitwise(piece, seed);
                assert_eq!(by_tables(piece, seed), expected, "tables, {start}..{end}");
                assert_eq!(crc32c_partial(piece, seed), expected, "as dispatched, {start}..{end}");
            }
        }
    }
}
