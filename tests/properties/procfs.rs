// SPDX-License-Identifier: LGPL-2.0-or-later
//! `stat` and `meminfo` against libc's `fscanf` and `sscanf`.

use mtproxy_ffi::procfs::{parse_meminfo_summary, parse_stat};
use proptest::prelude::*;

use super::{libc_text::numbers, procfs_model};

/// A `stat` text of the kernel's form, with damage here and there.
fn stat_text() -> impl Strategy<Value = String> {
    let name = prop_oneof![3 => "\\([a-z/:0-9-]{0,16}\\)", 1 => "[!-~]{0,40}"];
    let number = prop_oneof![
        12 => (0u64..100_000).prop_map(|n| n.to_string()),
        2 => any::<i64>().prop_map(|n| n.to_string()),
        2 => any::<u64>().prop_map(|n| n.to_string()),
        1 => "[-+]?[0-9]{18,22}",
    ];
    let junk = prop_oneof![40 => Just(String::new()), 1 => numbers(), 1 => "[ -~\n]{0,3}"];
    (name, "[ -~]", prop::collection::vec(number, 38..44), junk, any::<prop::sample::Index>()).prop_map(
        |(name, state, numbers, junk, place)| {
            let text = format!("7 {name} {state} {}\n", numbers.join(" "));
            let (head, tail) = text.split_at(place.index(text.len()));
            format!("{head}{junk}{tail}")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    /// If `fscanf` accepts a text, ours reads the same; if it refuses, ours may accept it only for blanks in the name.
    #[test]
    #[cfg(target_pointer_width = "64")] // `%ld` has 32 bits elsewhere
    fn stat_fields_are_those_of_fscanf(text in stat_text()) {
        let Ok(ours) = parse_stat(text.as_bytes()) else {
            prop_assert_eq!(procfs_model::stat(text.as_bytes()), None);
            return Ok(());
        };
        let Some((numbers, comm)) = procfs_model::stat(text.as_bytes()) else {
            let accepted = procfs_model::stat(&procfs_model::without_blanks_in_name(text.as_bytes()));
            prop_assert_eq!(accepted.map(|(numbers, _)| numbers), Some(procfs_model::numbers(&ours)));
            return Ok(());
        };
        prop_assert_eq!(numbers, procfs_model::numbers(&ours));
        prop_assert_eq!(ours.comm(), &comm[..comm.len().min(255)]);
    }

    #[test]
    fn any_bytes_get_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_stat(&bytes);
        let _ = parse_meminfo_summary(&bytes);
    }

    #[test]
    fn meminfo_numbers_are_those_of_sscanf(text in numbers(), unit in prop::sample::select(vec!["kB", " kB", " kB x", "kBs", " KB", "", "\tkB\r"])) {
        let memory = format!("MemFree:{text}{unit}\nCached: 2 kB\nSwapTotal: 3 kB\nSwapFree: 4 kB\n");
        let ours = parse_meminfo_summary(memory.as_bytes()).ok();
        let ours = ours.map(|s| [s.mem_free, s.mem_cached, s.swap_total, s.swap_free]);
        prop_assert_eq!(ours, procfs_model::meminfo(memory.as_bytes()));
    }
}

#[test]
fn names_with_blanks_are_read_up_to_the_last_parenthesis() {
    let numbers = " 5".repeat(39);
    for name in ["(Web Content)", "(a) b)", "(tmux: server)", "( )", "(a\nb)"] {
        let text = format!("1 {name} R{numbers}\n");
        assert!(procfs_model::stat(text.as_bytes()).is_none(), "the legacy parser reads {name:?} after all");
        let stat = parse_stat(text.as_bytes()).expect(name);
        assert_eq!((stat.comm(), stat.state, stat.ppid), (name.as_bytes(), b'R' as i8, 5));
    }
    let text = format!("1 (a b R{numbers}\n");
    assert!(parse_stat(text.as_bytes()).is_err(), "no parenthesis to read up to");
}

/// A fuzzing find: a rule that looked for the blank in `comm()` missed it after a NUL.
#[test]
fn name_with_a_nul_before_its_blank_is_read_up_to_the_last_parenthesis() {
    let text = format!("1 (a\0b c) R{}\n", " 5".repeat(39));
    let stat = parse_stat(text.as_bytes()).expect("a good text");
    assert_eq!((stat.comm(), stat.state, stat.ppid), (&b"(a"[..], b'R' as i8, 5));
}

#[test]
fn name_longer_than_its_room_is_cut() {
    for len in [253, 254, 255, 256, 5000] {
        let text = format!("1 ({}) R{}", "n".repeat(len), " 5".repeat(39));
        let stat = parse_stat(text.as_bytes()).expect("a good text");
        assert_eq!(stat.comm().len(), (len + 2).min(255));
        assert_eq!((stat.state, stat.ppid), (b'R' as i8, 5));
    }
}

/// Several megabytes of each byte that a parser loops over: the work is bounded, and there is a result.
#[test]
fn megabytes_of_one_byte_get_a_verdict() {
    for byte in [b' ', b'(', b')', b'1', b'-', b'\n', 0, 0xff] {
        let text = vec![byte; 4 << 20];
        assert!(parse_stat(&text).is_err());
        assert!(parse_meminfo_summary(&text).is_err());
        let mut name = b"1 (".to_vec();
        name.extend_from_slice(&text);
        assert!(parse_stat(&name).is_err());
    }
}
