// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::procfs::{
    COMM_SIZE, Malformed, ProcStat, STATM_FIELDS, parse_meminfo_summary, parse_stat, parse_statm, stat_path,
};

use super::table::{Row, replay};

macro_rules! compare_fields {
    ($row:ident, $stats:ident, $($field:ident)*) => {
        $(assert_eq!($stats.$field.to_string(), $row.text(stringify!($field)), "{}: {}", $row.place, stringify!($field));)*
    };
}

fn compare(row: &Row, stats: &ProcStat) {
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
        let stats = parse_stat(&text);
        if row.text("note") == "comm_overflow" {
            // The original overran its array here, so its recorded result is undefined; ours cuts the name.
            assert!(
                stats.is_err() || stats.is_ok_and(|stats| stats.comm().len() < COMM_SIZE),
                "{}",
                row.place
            );
        } else if row.text("rc") == "1" {
            let stats = stats.expect(&row.place);
            assert_eq!(stats.comm(), row.bytes("comm"), "{}", row.place);
            compare(row, &stats);
        } else if stats.is_ok() {
            assert!(has_a_name_with_blanks(&text), "{}: accepted", row.place);
            better += 1;
        }
    });
    assert!(better > 0, "no recorded name has blanks: the difference is not exercised");
}

#[test]
fn stat_paths_match_the_original() {
    replay("proc_stat_path", 42, |row| {
        let path = stat_path(row.number("pid"), row.number("tid"));
        assert_eq!(path.as_str(), row.text("path"), "{}", row.place);
    });
}

#[test]
fn statm_texts_match_the_original() {
    replay("statm", 403, |row| {
        let count = usize::try_from(row.number::<i32>("m")).unwrap_or(0).min(STATM_FIELDS);
        let values = parse_statm(&row.bytes("text"), count, row.number("page_size"));
        if row.text("rc") == "0" {
            let recorded = row.text("values").split(',').filter(|value| *value != "-");
            let recorded: Vec<i64> = recorded.map(|value| value.parse().expect("a value")).collect();
            assert_eq!(values.expect(&row.place)[..count], recorded, "{}", row.place);
        } else {
            assert_eq!(values, Err(Malformed), "{}", row.place);
        }
    });
}

#[test]
fn meminfo_texts_match_the_original() {
    replay("meminfo", 522, |row| {
        let read = parse_meminfo_summary(&row.bytes("text"));
        if row.text("rc") == "0" {
            let read = read.expect(&row.place);
            assert_eq!(read.found_mask, 15, "{}", row.place);
            assert_eq!(
                (read.mem_free, read.mem_cached, read.swap_total, read.swap_free),
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
            assert_eq!(read, Err(Malformed), "{}", row.place);
        }
    });
}
