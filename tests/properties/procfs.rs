//! `stat` and `meminfo` against libc's `sscanf`.

use std::ffi::{CString, c_char};

use mtproxy_ffi::procfs::{parse_meminfo_summary, parse_stat};
use proptest::prelude::*;

use super::libc_text::numbers;

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

/// The numbers that `sscanf` finds, in order, with the state among them; `None` where it finds fewer than 42 fields.
fn by_sscanf(text: &str) -> Option<(Vec<u64>, Vec<u8>)> {
    let text = CString::new(text).expect("no NUL");
    let mut ints = [0i32; 8];
    let mut longs = [0u64; 34];
    let mut comm = [0u8; 4096];
    let mut state = [0 as c_char; 8];
    let [pid, ppid, pgrp, session, tty_nr, tpgid, exit_signal, processor] =
        ints.each_mut().map(|n| n as *mut i32);
    let l = longs.each_mut().map(|n| n as *mut u64);
    // SAFETY: each argument is a writable object of the kind its conversion asks for; the name has room for the text.
    let count = unsafe {
        libc::sscanf(
            text.as_ptr(),
            c"%d %s %c %d %d %d %d %d %lu %lu %lu %lu %lu %lu %lu %ld %ld %ld %ld %ld %ld %lu %lu %ld %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %d %d %lu %lu %llu".as_ptr(),
            pid, comm.as_mut_ptr(), state.as_mut_ptr(), ppid, pgrp, session, tty_nr, tpgid, l[0], l[1], l[2], l[3],
            l[4], l[5], l[6], l[7], l[8], l[9], l[10], l[11], l[12], l[13], l[14], l[15], l[16], l[17], l[18],
            l[19], l[20], l[21], l[22], l[23], l[24], l[25], l[26], l[27], l[28], exit_signal, processor, l[29],
            l[30], l[31],
        )
    };
    let comm = comm.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
    let ints = ints.map(|n| n as u64);
    let numbers = [&ints[..], &longs[..32], &[state[0] as u64]].concat();
    (count == 42).then_some((numbers, comm))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    /// Where `sscanf` accepts a text, ours reads the same; where it refuses, ours may accept a name with blanks only.
    #[test]
    #[cfg(target_pointer_width = "64")] // `%ld` has 32 bits elsewhere
    fn stat_fields_are_those_of_sscanf(text in stat_text()) {
        let ours = parse_stat(text.as_bytes());
        let Some((numbers, comm)) = by_sscanf(&text) else {
            if let Ok(stat) = ours {
                prop_assert!(stat.comm().iter().any(u8::is_ascii_whitespace), "accepted {:?}", text);
            }
            return Ok(());
        };
        prop_assume!(comm.len() < 256);
        let s = ours.expect("sscanf accepts it");
        let expected = [
            s.pid as u64, s.ppid as u64, s.pgrp as u64, s.session as u64, s.tty_nr as u64, s.tpgid as u64,
            s.exit_signal as u64, s.processor as u64, s.flags, s.minflt, s.cminflt, s.majflt, s.cmajflt, s.utime,
            s.stime, s.cutime as u64, s.cstime as u64, s.priority as u64, s.nice as u64, s.num_threads as u64,
            s.itrealvalue as u64, s.starttime, s.vsize, s.rss as u64, s.rlim, s.startcode, s.endcode, s.startstack,
            s.kstkesp, s.kstkeip, s.signal, s.blocked, s.sigignore, s.sigcatch, s.wchan, s.nswap, s.cnswap,
            s.rt_priority, s.policy, s.delayacct_blkio_ticks, s.state as u64,
        ];
        prop_assert_eq!(numbers, expected);
        prop_assert_eq!(s.comm(), comm);
    }

    #[test]
    fn any_bytes_get_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_stat(&bytes);
        let _ = parse_meminfo_summary(&bytes);
    }

    #[test]
    fn meminfo_numbers_are_those_of_sscanf(text in numbers(), unit in prop::sample::select(vec!["kB", " kB", " kB x", "kBs", " KB", "", "\tkB\r"])) {
        let line = CString::new(format!("{text}{unit}")).expect("no NUL");
        let (mut value, mut suffix) = (0i64, [0 as c_char; 32]);
        // SAFETY: writable objects of the kinds that the conversions ask for, the second with room for 31 and a NUL.
        let count = unsafe {
            libc::sscanf(line.as_ptr(), c"%lld%31s".as_ptr(), &raw mut value, suffix.as_mut_ptr())
        };
        let is_kb = suffix[..3].iter().map(|&c| c as u8).eq(*b"kB\0");
        // A line feed ends the line for us, and is white space for sscanf.
        prop_assume!(!text.contains('\n'));
        let memory = format!("MemFree:{}\nCached: 2 kB\nSwapTotal: 3 kB\nSwapFree: 4 kB\n", line.to_str().expect("ASCII"));
        let ours = parse_meminfo_summary(memory.as_bytes()).ok().map(|memory| memory.mem_free);
        prop_assert_eq!(ours, (count == 2 && is_kb).then_some(value << 10));
    }
}

#[test]
fn names_with_blanks_are_read_up_to_the_last_parenthesis() {
    let numbers = " 5".repeat(39);
    for name in ["(Web Content)", "(a) b)", "(tmux: server)", "( )", "(a\nb)"] {
        let text = format!("1 {name} R{numbers}\n");
        assert!(by_sscanf(&text).is_none(), "the legacy parser reads {name:?} after all");
        let stat = parse_stat(text.as_bytes()).expect(name);
        assert_eq!((stat.comm(), stat.state, stat.ppid), (name.as_bytes(), b'R' as i8, 5));
    }
    let text = format!("1 (a b R{numbers}\n");
    assert!(parse_stat(text.as_bytes()).is_err(), "no parenthesis to read up to");
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

/// Several megabytes of each byte that a parser loops over: bounded work, a verdict, nothing else.
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
