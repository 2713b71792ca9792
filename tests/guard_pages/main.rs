//! No call reads or writes a byte outside its arguments: inputs and outputs end at an unmapped page, or start right after
//! one, for each length up to 300 and around the block sizes; inputs are read-only. And no result depends on the address.
#![cfg(feature = "capi")]

mod functions;
mod objects;
#[path = "../models/padding.rs"]
mod padding;
mod page;

use std::collections::BTreeSet;

use functions::{WITH_OBJECTS, WITHOUT_POINTERS, with_one_input, with_two_inputs};
use page::{Guarded, SIDES};

const LONGEST: usize = 16_400;

fn lengths() -> impl Iterator<Item = usize> {
    let around = [512, 1024, 2048, 4096, 8192, 16_384].into_iter().flat_map(|size| size - 4..=size + 5);
    (0..=300).chain(around)
}

/// Texts of which every prefix makes some parser read to its end.
fn contents() -> Vec<Vec<u8>> {
    let repeated = |pattern: &[u8]| pattern.iter().copied().cycle().take(LONGEST).collect::<Vec<u8>>();
    let preceded = |head: &[u8], pattern: &[u8]| {
        head.iter().chain(pattern.iter().cycle()).copied().take(LONGEST).collect::<Vec<u8>>()
    };
    let stat = b"1 (two words) R 1 -2 3 4 -5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39\n";
    let meminfo = b"MemTotal: 5 kB\nMemFree: 123456 kB\nCached:\t2 kB\nSwapTotal: 3 kB\nSwapFree: 4 kB\n";
    // The operation, a query id, and an actor after each marker, for ever.
    let query = preceded(b"\x3d\xdf\x74\x23idididid", b"\xbd\xaa\x68\x75actorid.");
    let flags = preceded(b"\x3d\xdf\x74\x23idididid", b"\x5e\x03\x52\xe3\0\0\0\0");
    let answer = preceded(b"\xda\xe4\xae\x63idididid", b"\xe1\x4c\xc8\x8c\0\0\0\0");
    let wrapped = preceded(b"\xda\xe4\xae\x63idididid\xf5\x32\xe4\x7aidididid", b"\0\0\0\0");
    let mut all = vec![query, flags, answer, wrapped, preceded(stat, b" 5"), preceded(meminfo, b"A: 1 kB\n")];
    all.push(preceded(b"1 (", b"name "));
    for pattern in [
        &b" "[..],
        b" \t",
        b"\n",
        b" \r\n",
        b"#comment",
        b"# \n",
        b"word-._9",
        b"[::1",
        b"[abc:",
        b"1234567890",
        b" -9",
        b"-",
        b"\"",
        b"1 ",
        b"0",
        b"\xff",
        b"\x80 ",
        b"\0",
        b"a\0b",
        b"MemFree:",
        b"(",
    ] {
        all.push(repeated(pattern));
    }
    all
}

#[test]
fn one_input_is_read_only_within_its_bounds() {
    let (mut input, mut output) = (Guarded::new(LONGEST), Guarded::new(1024));
    for content in contents() {
        for len in lengths() {
            let bytes = &content[..len];
            for side in SIDES {
                let data = input.input(side, bytes);
                for function in with_one_input() {
                    let mut expected = vec![page::FILL; function.output];
                    // SAFETY: readable for `len` bytes, and writable for the output's size.
                    let (ordinary, guarded) = unsafe {
                        let ordinary = (function.call)(bytes.as_ptr(), len, expected.as_mut_ptr());
                        let out = output.output(side, function.output);
                        (ordinary, (function.call)(data, len, out))
                    };
                    let name = function.name;
                    assert_eq!(guarded, ordinary, "{name}, {len} bytes at the {side:?}");
                    let mut written = output.written(side, function.output).to_vec();
                    (function.blank)(&mut written);
                    (function.blank)(&mut expected);
                    assert_eq!(written, expected, "{name}, {len} bytes");
                }
            }
        }
    }
}

#[test]
fn two_inputs_are_read_only_within_their_bounds() {
    let (mut first, mut second, mut output) =
        (Guarded::new(LONGEST), Guarded::new(LONGEST), Guarded::new(1024));
    let bytes: Vec<u8> = (0..LONGEST).map(|n| (n * 7 + n / 256) as u8).collect();
    for first_len in [0, 1, 15, 16, 17, 55, 56, 63, 64, 65, 127, 128, 129, 4095, 4096, 4097] {
        for second_len in lengths() {
            let inputs = (&bytes[..first_len], &bytes[..second_len]);
            for side in SIDES {
                let guarded = (first.input(side, inputs.0), second.input(side, inputs.1));
                for function in with_two_inputs() {
                    let mut expected = vec![page::FILL; function.output];
                    // SAFETY: readable for their lengths, and writable for the output's size.
                    let statuses = unsafe {
                        let (a, b) = (inputs.0.as_ptr(), inputs.1.as_ptr());
                        let ordinary = (function.call)(a, first_len, b, second_len, expected.as_mut_ptr());
                        let out = output.output(side, function.output);
                        (ordinary, (function.call)(guarded.0, first_len, guarded.1, second_len, out))
                    };
                    assert_eq!(statuses, (0, 0));
                    let name = function.name;
                    let written = output.written(side, function.output);
                    assert_eq!(written, expected, "{name}, {first_len} and {second_len} bytes");
                }
            }
        }
    }
}

#[test]
fn every_exported_function_is_guarded_or_takes_no_pointer() {
    let table = include_str!("../../src/ffi/api.tsv").lines().filter(|line| !line.starts_with('#'));
    let names: Vec<String> =
        table.filter_map(|line| Some(format!("mtproxy_ffi_{}", line.split('\t').nth(1)?))).collect();
    let exports = names.iter().map(String::as_str).collect::<BTreeSet<_>>();
    let one = with_one_input();
    let two = with_two_inputs();
    let named = one.iter().map(|function| function.name).chain(two.iter().map(|function| function.name));
    let known: BTreeSet<_> = named.chain(WITH_OBJECTS).chain(WITHOUT_POINTERS).collect();
    assert_eq!(known, exports);
}
