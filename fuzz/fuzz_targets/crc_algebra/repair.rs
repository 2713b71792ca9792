// SPDX-License-Identifier: LGPL-2.0-or-later
//! Finding and repairing one wrong bit.

use mtproxy_ffi::checksum::{
    NoSuchBit, Verdict, bit_place, check_and_repair, crc32, find_corrupted_bit, gf32, repair_bit,
};
use support::Checksum;

use crate::{CRC32, Input};

/// The longest block of which every bit is tried.
const TRIED: usize = 24;
const SEARCHED: i32 = 1 << 14;

pub(crate) fn check(input: &Input) {
    one_flip(input);
    any_damage(input);
    search(input);
}

/// One wrong bit, in the block or in its checksum, is repaired.
fn one_flip(input: &Input) {
    let (good, checksum) = (input.data, crc32(input.data));
    let bit = input.b as usize % (8 * good.len() + 32);
    let (mut block, mut stored) = (good.to_vec(), checksum);
    let expected = match block.get_mut(bit / 8) {
        Some(byte) => {
            *byte ^= 1 << (bit % 8);
            Verdict::DataRepaired
        }
        None => {
            stored ^= 1 << (bit % 32);
            Verdict::ChecksumRepaired
        }
    };
    assert_eq!(check_and_repair(&mut block, &mut stored), expected, "bit {bit} of {} bytes", good.len());
    assert_eq!((&block[..], stored), (good, checksum));
}

/// With any stored checksum, the repair changes at most one bit of the block, and only if this one bit explains the
/// difference. Afterwards block and checksum agree, and a second repair changes neither.
fn any_damage(input: &Input) {
    let wrong = &input.data[..input.data.len().min(TRIED)];
    let computed = crc32(wrong);
    let damage = match input.c % 4 {
        0 => input.a,
        1 => power(input.a as i32),
        2 => (1 << (input.a % 32)) | (1 << (input.b % 32)),
        _ => 0,
    };
    let (mut block, mut stored) = (wrong.to_vec(), computed ^ damage);
    let verdict = check_and_repair(&mut block, &mut stored);
    let flips: Vec<_> =
        (0..8 * wrong.len()).filter(|&bit| crc32(&flipped(wrong, bit)) == computed ^ damage).collect();
    match verdict {
        Verdict::Intact => assert_eq!((damage, &block[..]), (0, wrong)),
        Verdict::DataRepaired => {
            assert_eq!(block, flipped(wrong, flips[0]));
            assert_eq!(stored, computed ^ damage, "the stored checksum was right");
        }
        Verdict::ChecksumRepaired => {
            assert_eq!((damage.count_ones(), &block[..], stored), (1, wrong, computed))
        }
        Verdict::Beyond => {
            assert_eq!((&block[..], stored), (wrong, computed));
            assert!(flips.is_empty() && damage.count_ones() > 1, "one bit would have done");
        }
    }
    assert_eq!(crc32(&block), stored);
    assert_eq!(check_and_repair(&mut block, &mut stored), Verdict::Intact);
}

fn flipped(block: &[u8], bit: usize) -> Vec<u8> {
    let mut block = block.to_vec();
    block[bit / 8] ^= 1 << (bit % 8);
    block
}

/// x^k.
fn power(k: i32) -> u32 {
    gf32::pow(gf32::ONE >> 1, k as u32, CRC32)
}

/// The end of the legacy search, a little past the front of the block, because the search covers a square.
fn end_of_search(len: i32) -> i32 {
    let positions = 8 * (len + 4);
    let side = (f64::from(positions).sqrt() + 0.5) as i32;
    side * (positions / side + 1)
}

/// A length, short ones as often as long ones, and a bit near the end of the search.
fn near_the_end(input: &Input) -> (i32, i32) {
    let len = ((input.a % SEARCHED as u32) >> (input.c >> 3 & 15)) as i32 - 3;
    (len, end_of_search(len) - 4 + (input.c % 8) as i32)
}

/// The position found is the logarithm of the difference, up to the end of the search; and a bit inside the block can be
/// flipped.
fn search(input: &Input) {
    let len = input.a as i32 % SEARCHED;
    if let Some(k) = find_corrupted_bit(len, input.b) {
        assert_eq!(power(k), input.b);
    }
    let (len, k) = near_the_end(input);
    let found = Some(k).filter(|&k| k < end_of_search(len));
    assert_eq!(find_corrupted_bit(len, power(k)), found, "bit {k} of {len} bytes");

    let k = (input.b as usize % (8 * input.data.len() + 32)) as i32;
    assert_eq!(find_corrupted_bit(input.data.len() as i32, power(k)), Some(k));
    for k in [input.c as i32, k, -1 - k] {
        let mut block = input.data.to_vec();
        let place = bit_place(block.len() as i32, k);
        assert_eq!(repair_bit(&mut block, k), place.map(|_| ()));
        assert_eq!(place.is_ok(), (32..8 * (block.len() as i64 + 4)).contains(&i64::from(k)), "bit {k}");
        if let Ok((index, bit)) = place {
            assert_eq!((bit.count_ones(), block[index]), (1, input.data[index] ^ bit));
            block[index] ^= bit;
        }
        assert_eq!(block, input.data);
    }
}

pub(crate) fn same(names: &Checksum, input: &Input) {
    for flips in [0, 1, 2] {
        let (mut block, mut stored) = (input.data.to_vec(), crc32(input.data));
        for bit in [input.a, input.b].into_iter().take(flips) {
            let bit = bit as usize % (8 * block.len() + 32);
            match block.get_mut(bit / 8) {
                Some(byte) => *byte ^= 1 << (bit % 8),
                None => stored ^= 1 << (bit % 32),
            }
        }
        let (mut their_block, mut their_stored) = (block.clone(), stored);
        // SAFETY: a writable block of that length, and a writable checksum; `force_exit` is 0.
        let theirs = unsafe {
            let len = their_block.len() as i32;
            (names.crc32_check_and_repair)(their_block.as_mut_ptr().cast(), len, &raw mut their_stored, 0)
        };
        let ours = match check_and_repair(&mut block, &mut stored) {
            Verdict::Intact => 0,
            Verdict::DataRepaired => 1,
            Verdict::ChecksumRepaired => 2,
            Verdict::Beyond => -1,
        };
        assert_eq!((theirs, their_block, their_stored), (ours, block, stored), "{flips} flips");
    }

    // Of size -4 and below the original divides by zero, or aborts.
    let size = input.a as i32 % SEARCHED;
    let size = if names.is_original { size.max(-3) } else { size };
    let (len, k) = near_the_end(input);
    for (size, difference) in [(size, input.b), (len, power(k))] {
        // SAFETY: numbers only.
        let theirs = unsafe { (names.crc32_find_corrupted_bit)(size, difference) };
        assert_eq!(theirs, find_corrupted_bit(size, difference).unwrap_or(-1), "of {size} bytes");
    }

    for k in [input.c as i32, input.b as i32 % 1024] {
        let (mut block, mut their_block) = (input.data.to_vec(), input.data.to_vec());
        // SAFETY: a writable block of that length.
        let theirs = unsafe { (names.crc32_repair_bit)(their_block.as_mut_ptr(), block.len() as i32, k) };
        let ours = match repair_bit(&mut block, k) {
            Ok(()) => 0,
            Err(NoSuchBit::Negative) => -1,
            Err(NoSuchBit::PastFront) => -2,
            Err(NoSuchBit::InChecksum) => -3,
        };
        assert_eq!((theirs, their_block), (ours, block), "bit {k}");
    }
}
