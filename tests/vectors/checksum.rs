// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::checksum::{
    NoSuchBit, Verdict, bit_place, check_and_repair, crc32_combine, crc32_partial, crc32c_combine,
    crc32c_partial, crc64, crc64_combine, crc64_feed_byte, crc64_partial, find_corrupted_bit, gf32,
    repair_bit,
};

use super::table::{Row, replay};

fn check(file: &str, partial: fn(&[u8], u32) -> u32) {
    replay(file, 989, |row| {
        let data = row.bytes("data");
        assert_eq!(data.len(), row.number::<usize>("len"), "{}", row.place);
        assert_eq!(partial(&data, row.number("crc_in")), row.number::<u32>("crc_out"), "{}", row.place);
    });
}

#[test]
fn crc32_matches_the_original() {
    check("crc32", crc32_partial);
}

#[test]
fn crc32c_matches_the_original() {
    check("crc32c", crc32c_partial);
}

#[test]
fn crc64_matches_the_original() {
    replay("crc64", 1021, |row| {
        let (data, crc) = (row.bytes("data"), row.number::<u64>("crc_in"));
        assert_eq!(crc64_partial(&data, crc), row.number::<u64>("crc_out"), "{}", row.place);
        if crc == u64::MAX {
            assert_eq!(crc64(&data), !row.number::<u64>("crc_out"), "{}", row.place);
        }
    });
}

#[test]
fn combined_checksums_match_the_original() {
    fn of_32_bits(row: &Row, combine: fn(u32, u32, i64) -> u32) -> u64 {
        combine(row.number("crc1"), row.number("crc2"), row.number("len2")).into()
    }
    replay("combine", 2055, |row| {
        let combined = match row.text("fn") {
            "crc32" => of_32_bits(row, crc32_combine),
            "crc32c" => of_32_bits(row, crc32c_combine),
            "crc64" => crc64_combine(row.number("crc1"), row.number("crc2"), row.number("len2")),
            name => panic!("{}: {name}", row.place),
        };
        assert_eq!(combined, row.number::<u64>("out"), "{}", row.place);
    });
}

#[test]
fn field_arithmetic_matches_the_original() {
    replay("gf32", 2176, |row| {
        let poly = || row.number::<u32>("poly");
        let out = match row.text("fn") {
            "mulx" => gf32::mulx(row.number("a"), poly()).into(),
            "mul" => gf32::mul(row.number("a"), row.number("b"), poly()).into(),
            "pow" => gf32::pow(row.number("a"), row.number("b"), poly()).into(),
            "crc64_feed_byte" => crc64_feed_byte(row.number("a"), row.number("b")),
            "powers_generic" => {
                let mut tables = vec![[0; 32]; row.number::<usize>("a") / 32];
                gf32::powers(&mut tables, poly());
                return same_words(row, &tables.concat());
            }
            "powers_clmul" => {
                let mut table = [[0; 4]; 63];
                gf32::wide_powers(&mut table, poly());
                return same_words(row, &table.concat());
            }
            "combine_generic" => {
                let len = row.number("b");
                // Exactly as many matrices as the length needs.
                let mut tables = vec![[0; 32]; gf32::tables_needed(len)];
                gf32::powers(&mut tables, poly());
                gf32::combine(&tables, row.number("a"), len).into()
            }
            "combine_clmul" => {
                let mut table = [[0; 4]; 63];
                gf32::wide_powers(&mut table, poly());
                gf32::wide_combine(&table, row.number("a"), row.number("b"))
            }
            name => panic!("{}: {name}", row.place),
        };
        assert_eq!(out, row.number::<u64>("out"), "{}", row.place);
    });
}

/// Tables are recorded as little-endian words.
fn same_words(row: &Row, words: &[u32]) {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    assert!(bytes == row.bytes("out"), "{}: another table", row.place);
}

#[test]
fn repairs_match_the_original() {
    replay("crc32_repair", 3121, |row| {
        let (size, recorded) = (row.number::<i32>("size"), row.number::<i32>("ret"));
        let mut block = row.bytes("data");
        flip(&mut block, row.text("flips"));
        let mut wanted = block.clone();
        flip(&mut wanted, row.text("diff"));
        let result = match row.text("fn") {
            "find" => find_corrupted_bit(size, row.number::<i64>("arg") as u32).unwrap_or(-1),
            "bit" => {
                let k = row.number("arg");
                let result = repair_bit(&mut block, k);
                assert_eq!(bit_place(size, k).map(drop), result, "{}", row.place);
                match result {
                    Ok(()) => 0,
                    Err(NoSuchBit::Negative) => -1,
                    Err(NoSuchBit::PastFront) => -2,
                    Err(NoSuchBit::InChecksum) => -3,
                }
            }
            "check" => {
                let mut stored = row.number::<i64>("arg") as u32;
                let verdict = check_and_repair(&mut block, &mut stored);
                assert_eq!(stored, row.number::<u32>("crc_out"), "{}", row.place);
                match verdict {
                    Verdict::Intact => 0,
                    Verdict::DataRepaired => 1,
                    Verdict::ChecksumRepaired => 2,
                    Verdict::Beyond => -1,
                }
            }
            name => panic!("{}: {name}", row.place),
        };
        assert_eq!(result, recorded, "{}", row.place);
        assert!(block == wanted, "{}: another block", row.place);
    });
}

/// Applies a list of `byteindex:xormask`.
fn flip(block: &mut [u8], flips: &str) {
    for (index, mask) in flips.split(',').filter_map(|flip| flip.split_once(':')) {
        block[index.parse::<usize>().expect("an index")] ^= u8::from_str_radix(mask, 16).expect("a mask");
    }
}
