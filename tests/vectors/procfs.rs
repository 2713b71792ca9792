// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::{ffi::*, procfs::MeminfoSummary};

use super::table::{Row, replay};

/// `comm` up to its NUL.
fn comm(stats: &ProcStats) -> Vec<u8> {
    stats.comm.iter().map(|&c| c as u8).take_while(|&byte| byte != 0).collect()
}

macro_rules! compare_fields {
    ($row:ident, $stats:ident, $($field:ident)*) => {
        $(assert_eq!($stats.$field.to_string(), $row.text(stringify!($field)), "{}: {}", $row.place, stringify!($field));)*
    };
}

fn compare(row: &Row, stats: &ProcStats) {
    compare_fields!(row, stats,
        pid state ppid pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime
        priority nice num_threads itrealvalue starttime vsize rss rlim startcode endcode startstack kstkesp
        kstkeip signal blocked sigignore sigcatch wchan nswap cnswap exit_signal processor rt_priority policy
        delayacct_blkio_ticks);
}

/// True if the name in a stat text holds blanks: the original refuses such a text, and ours reads it on purpose.
fn has_a_name_with_blanks(text: &[u8]) -> bool {
    let name = text.iter().position(|&b| b == b'(').zip(text.iter().rposition(|&b| b == b')'));
    name.is_some_and(|(open, close)| {
        open < close && text[open..close].iter().any(|b| b" \t\n\x0b\x0c\r".contains(b))
    })
}

#[test]
fn stat_lines_match_the_original() {
    let mut better = 0;
    replay("proc_stat", 1618, |row| {
        let text = row.bytes("text");
        // SAFETY: all bytes zero are a valid `ProcStats`, which is made of integers.
        let mut stats: ProcStats = unsafe { std::mem::zeroed() };
        // SAFETY: the slice's own pointer and length, and a writable result.
        let status =
            unsafe { mtproxy_ffi_parse_proc_stat_line(text.as_ptr().cast(), text.len(), &mut stats) };
        if row.text("note") == "comm_overflow" {
            // The original overran its array here, so its recorded result is undefined; ours cuts the name.
            assert!(status == 0 || status == EFORMAT, "{}", row.place);
            assert!(comm(&stats).len() < 256, "{}", row.place);
        } else if row.text("rc") == "1" {
            assert_eq!(status, 0, "{}", row.place);
            assert_eq!(comm(&stats), row.bytes("comm"), "{}", row.place);
            compare(row, &stats);
        } else if status == 0 {
            assert!(has_a_name_with_blanks(&text), "{}: accepted", row.place);
            better += 1;
        } else {
            assert_eq!(status, EFORMAT, "{}", row.place);
        }
    });
    assert!(better > 0, "no recorded name has blanks: the difference is not exercised");
}

#[test]
fn stat_paths_match_the_original() {
    replay("proc_stat_path", 42, |row| {
        let path = mtproxy_ffi::procfs::stat_path(row.number("pid"), row.number("tid"));
        assert_eq!(path.as_str(), row.text("path"), "{}", row.place);
    });
}

#[test]
fn statm_texts_match_the_original() {
    const FILL: i64 = 77;
    replay("statm", 403, |row| {
        let text = row.bytes("text");
        let m: i32 = row.number("m");
        let mut values = [FILL; 8];
        // SAFETY: the slice's own pointer and length; at most seven values are written.
        let status = unsafe {
            mtproxy_ffi_parse_statm(
                text.as_ptr().cast(),
                text.len(),
                m,
                row.number("page_size"),
                values.as_mut_ptr(),
            )
        };
        let mut expected = [FILL; 8];
        if row.text("rc") == "0" {
            assert_eq!(status, 0, "{}", row.place);
            let recorded = row.text("values").split(',').filter(|value| *value != "-");
            expected
                .iter_mut()
                .zip(recorded)
                .for_each(|(place, value)| *place = value.parse().expect("a value"));
        } else {
            // The original keeps the numbers read so far in the output; ours leaves the output untouched.
            assert_eq!(status, EFORMAT, "{}", row.place);
        }
        assert_eq!(values, expected, "{}", row.place);
    });
}

#[test]
fn meminfo_texts_match_the_original() {
    let untouched =
        MeminfoSummary { mem_free: -7, mem_cached: -7, swap_total: -7, swap_free: -7, found_mask: -7 };
    replay("meminfo", 522, |row| {
        let text = row.bytes("text");
        let mut out = untouched;
        // SAFETY: the slice's own pointer and length, and a writable result.
        let status = unsafe { mtproxy_ffi_parse_meminfo_summary(text.as_ptr().cast(), text.len(), &mut out) };
        if row.text("rc") == "0" {
            assert_eq!((status, out.found_mask), (0, 15), "{}", row.place);
            assert_eq!(
                (out.mem_free, out.mem_cached, out.swap_total, out.swap_free),
                (
                    row.number("mem_free"),
                    row.number("mem_cached"),
                    row.number("swap_total"),
                    row.number("swap_free")
                ),
                "{}",
                row.place
            );
        } else {
            assert_eq!((status, out), (EFORMAT, untouched), "{}", row.place);
        }
    });
}
