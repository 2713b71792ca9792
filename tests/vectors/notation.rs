// SPDX-License-Identifier: LGPL-2.0-or-later
//! The notation of the recorded byte strings.

/// Hex, `repeat:HEX:COUNT`, `lcg:SEED:LEN`, or several of these joined by `+`; `-` is empty.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    if text == "-" { Vec::new() } else { text.split('+').flat_map(part).collect() }
}

fn part(text: &str) -> Vec<u8> {
    match text.split(':').collect::<Vec<_>>()[..] {
        [digits] => hex(digits),
        ["repeat", digits, count] => hex(digits).repeat(count.parse().expect("a count")),
        ["lcg", seed, len] => lcg(seed.parse().expect("a seed"), len.parse().expect("a length")),
        _ => panic!("not a byte string: {text}"),
    }
}

fn hex(digits: &str) -> Vec<u8> {
    assert!(digits.len() % 2 == 0, "half a byte: {digits}");
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex")).collect()
}

fn lcg(seed: u64, len: usize) -> Vec<u8> {
    let mut x = seed;
    std::iter::repeat_with(|| {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (x >> 56) as u8
    })
    .take(len)
    .collect()
}

#[test]
fn notation_reads_its_own_examples() {
    assert_eq!(bytes("lcg:1:8"), bytes("6c82a562cb808d10"));
    assert_eq!(bytes("61+repeat:0a20:3"), b"a\n \n \n ");
    assert_eq!(bytes("-"), b"");
}
