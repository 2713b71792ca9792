// SPDX-License-Identifier: LGPL-2.0-or-later
//! No call reads or writes a byte outside its arguments: inputs and outputs end at an unmapped page, or start right after
//! one, for each length up to 300 and around the block sizes; inputs are read-only. And no result depends on the address.
#![cfg(feature = "capi")]

#[path = "../models/calls.rs"]
mod calls;
mod objects;
mod page;

use calls::{FUNCTIONS, Function, Input, Output};
use page::{Guarded, SIDES};

const LONGEST: usize = 16_400;

/// The functions with these inputs whose output, if any, is an object or a table.
fn reading(inputs: &[Input]) -> impl Iterator<Item = &'static Function> {
    FUNCTIONS.iter().filter(move |function| {
        function.pure && function.inputs == inputs && !matches!(function.output, Output::Room)
    })
}

/// The numbers to call a function with: several, if the number decides how much is written.
fn numbers(function: &Function) -> &'static [i32] {
    if matches!(function.output, Output::Numbers) { &[7, 3] } else { &[7] }
}

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
    let mut compare = |function: &Function, number: i32, side, bytes: &[u8], data: *const u8| {
        let size = function.output_size(number);
        let mut expected = vec![page::FILL; size];
        // SAFETY: readable for the length, and writable for the output's size.
        let (ordinary, guarded) = unsafe {
            let ordinary =
                function.call_with(bytes.as_ptr(), bytes.len(), expected.as_mut_ptr(), size, number);
            (ordinary, function.call_with(data, bytes.len(), output.output(side, size), size, number))
        };
        let (name, len) = (function.name, bytes.len());
        assert_eq!(guarded, ordinary, "{name}, {len} bytes at the {side:?}");
        let mut written = output.written(side, size).to_vec();
        (function.blank)(&mut written);
        (function.blank)(&mut expected);
        assert_eq!(written, expected, "{name}, {len} bytes");
    };
    for content in contents() {
        for len in lengths() {
            let bytes = &content[..len];
            for side in SIDES {
                let data = input.input(side, bytes);
                for function in reading(&[Input::Bytes]) {
                    for &number in numbers(function) {
                        compare(function, number, side, bytes, data);
                    }
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
                for function in reading(&[Input::Bytes, Input::Bytes]) {
                    let size = function.output_size(7);
                    let mut expected = vec![page::FILL; size];
                    // SAFETY: readable for their lengths, and writable for the output's size.
                    let statuses = unsafe {
                        let ordinary = [(inputs.0.as_ptr(), first_len), (inputs.1.as_ptr(), second_len)];
                        let ordinary = (function.call)(ordinary, (expected.as_mut_ptr(), size), 7);
                        let guarded = [(guarded.0, first_len), (guarded.1, second_len)];
                        (ordinary, (function.call)(guarded, (output.output(side, size), size), 7))
                    };
                    assert_eq!(statuses, (0, 0));
                    let name = function.name;
                    let written = output.written(side, size);
                    assert_eq!(written, expected, "{name}, {first_len} and {second_len} bytes");
                }
            }
        }
    }
}

/// objects.rs calls the functions whose parameters the loops above do not cover.
#[test]
fn every_function_with_a_pointer_is_guarded() {
    let looped: Vec<_> = reading(&[Input::Bytes])
        .chain(reading(&[Input::Bytes, Input::Bytes]))
        .map(|function| function.name)
        .collect();
    assert!(looped.len() >= 22, "only {looped:?}");
    let by_hand = include_str!("objects.rs");
    for function in FUNCTIONS.iter().filter(|function| !function.inputs.is_empty() || function.has_output()) {
        let name = function.name;
        assert!(looped.contains(&name) || by_hand.contains(&format!("{name}(")), "{name} is not guarded");
    }
}
