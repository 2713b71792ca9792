// SPDX-License-Identifier: LGPL-2.0-or-later
//! `/proc/PID/stat`: the state of a process or thread.
#![forbid(unsafe_code)]

use super::Malformed;
use crate::decimal::{Decimal, after_space, is_space};

/// The size of the array for a name: 255 bytes and a NUL.
pub const COMM_SIZE: usize = 256;

/// The fields of `/proc/PID/stat`, with the names of proc(5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of proc(5)")]
pub struct ProcStat {
    pub pid: i32,
    /// The name, parentheses included, followed by NULs up to the end of the array.
    pub comm: [u8; COMM_SIZE],
    /// The state letter, as C's signed char.
    pub state: i8,
    pub ppid: i32,
    pub pgrp: i32,
    pub session: i32,
    pub tty_nr: i32,
    pub tpgid: i32,
    pub flags: u64,
    pub minflt: u64,
    pub cminflt: u64,
    pub majflt: u64,
    pub cmajflt: u64,
    pub utime: u64,
    pub stime: u64,
    pub cutime: i64,
    pub cstime: i64,
    pub priority: i64,
    pub nice: i64,
    pub num_threads: i64,
    pub itrealvalue: i64,
    pub starttime: u64,
    pub vsize: u64,
    pub rss: i64,
    pub rlim: u64,
    pub startcode: u64,
    pub endcode: u64,
    pub startstack: u64,
    pub kstkesp: u64,
    pub kstkeip: u64,
    pub signal: u64,
    pub blocked: u64,
    pub sigignore: u64,
    pub sigcatch: u64,
    pub wchan: u64,
    pub nswap: u64,
    pub cnswap: u64,
    pub exit_signal: i32,
    pub processor: i32,
    pub rt_priority: u64,
    pub policy: u64,
    pub delayacct_blkio_ticks: u64,
}

impl ProcStat {
    /// The name, parentheses included, up to its first NUL.
    #[must_use]
    pub fn comm(&self) -> &[u8] {
        self.comm.split(|&byte| byte == 0).next().unwrap_or_default()
    }
}

/// Reads a `stat` text of 42 fields, and ignores the rest.
///
/// The text is read as the legacy `fscanf` reads it: no blank is needed after a field that ends by itself; signed
/// fields saturate, and 32-bit ones are then cut; a minus sign negates an unsigned field modulo 2^64. Two cases
/// differ: a name in parentheses that holds blanks (`(Web Content)`) is read up to the last `)`, and a name longer than
/// 255 bytes is cut there.
///
/// Legacy: `read_proc_stats`, without reading the file.
///
/// # Errors
/// [`Malformed`] if a field is missing or not of its kind.
pub fn parse_stat(text: &[u8]) -> Result<ProcStat, Malformed> {
    let (rest, pid) = Decimal::parse(text).ok_or(Malformed)?;
    let rest = after_space(rest);
    let word = rest.iter().position(|&byte| is_space(byte)).unwrap_or(rest.len());
    parse_with_name(pid, rest, word)
        .or_else(|| parse_with_name(pid, rest, blank_name_len(rest)?))
        .ok_or(Malformed)
}

/// The length of a name in parentheses with a blank in it, up to the last `)` of the text.
fn blank_name_len(text: &[u8]) -> Option<usize> {
    let len = text.iter().rposition(|&byte| byte == b')')? + 1;
    let name = text.get(..len)?;
    (name.starts_with(b"(") && name.iter().any(|&byte| is_space(byte))).then_some(len)
}

/// Reads the fields after the pid. The first `name_len` bytes, at least one, are the name.
fn parse_with_name(pid: Decimal, text: &[u8], name_len: usize) -> Option<ProcStat> {
    let (name, rest) = text.split_at_checked(name_len)?;
    if name.is_empty() {
        return None;
    }
    let mut comm = [0; COMM_SIZE];
    let cut = name.get(..COMM_SIZE - 1).unwrap_or(name);
    comm.get_mut(..cut.len())?.copy_from_slice(cut);
    let (&state, rest) = after_space(rest).split_first()?;
    Some(filled(pid.to_i32_cut(), comm, state as i8, numbers(rest)?))
}

/// The conversion of a field.
#[derive(Clone, Copy)]
enum Kind {
    /// `%d`
    Int,
    /// `%ld`
    Signed,
    /// `%lu`
    Unsigned,
}

// `KINDS`, of the numbers after the state, and `filled`, which names them: made from src/layout/layouts.tsv.
include!(concat!(env!("OUT_DIR"), "/proc_stat.rs"));

/// The numbers after the state, each converted by its kind to 64 bits.
fn numbers(text: &[u8]) -> Option<[u64; KINDS.len()]> {
    let mut numbers = [0; KINDS.len()];
    let mut rest = text;
    for (number, kind) in numbers.iter_mut().zip(KINDS) {
        let (tail, decimal) = Decimal::parse(rest)?;
        // Most fields are small numbers, which all kinds convert alike.
        *number = decimal.as_small().unwrap_or_else(|| match kind {
            Kind::Int => decimal.to_i32_cut() as u64,
            Kind::Signed => decimal.to_i64_saturating() as u64,
            Kind::Unsigned => decimal.to_u64(),
        });
        rest = tail;
    }
    Some(numbers)
}
