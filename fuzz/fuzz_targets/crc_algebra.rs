// SPDX-License-Identifier: LGPL-2.0-or-later
//! Arithmetic with checksums: combining against recomputing, repairing against trying every bit, and the laws of the
//! polynomial ring that both use. The drop-in's functions, and the original's, must return the same results.
#![no_main]

use libfuzzer_sys::fuzz_target;
use support::Checksum;

#[path = "crc_algebra/combine.rs"]
mod combine;
#[path = "crc_algebra/gf32.rs"]
mod gf32;
#[path = "crc_algebra/repair.rs"]
mod repair;

/// x^32, of the CRC-32 and the CRC-32C.
const CRC32: u32 = 0xedb8_8320;
const CRC32C: u32 = 0x82f6_3b78;

/// Numbers and bytes from the fuzzer.
struct Input<'a> {
    a: u32,
    b: u32,
    c: u32,
    poly: u32,
    long: i64,
    data: &'a [u8],
}

impl<'a> Input<'a> {
    fn new(data: &'a [u8]) -> Option<Self> {
        let mut rest = data;
        let mut next = || {
            let (four, after) = rest.split_first_chunk()?;
            rest = after;
            Some(u32::from_le_bytes(*four))
        };
        let (a, b, c, poly, low, high) = (next()?, next()?, next()?, next()?, next()?, next()?);
        let long = (u64::from(high) << 32 | u64::from(low)) as i64;
        Some(Self { a, b, c, poly, long, data: rest })
    }
}

fuzz_target!(init: { Checksum::sides(); }, |data: &[u8]| {
    let Some(input) = Input::new(data) else { return };
    combine::check(&input);
    repair::check(&input);
    gf32::check(&input);
    for names in Checksum::sides() {
        combine::same(names, &input);
        repair::same(names, &input);
        gf32::same(names, &input);
    }
});
