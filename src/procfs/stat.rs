//! `/proc/PID/stat`: the state of a process or thread.
#![forbid(unsafe_code)]

use super::{
    Malformed,
    number::{Decimal, after_space, is_space},
};

/// The room for a name: 255 bytes and a NUL.
pub const COMM_SIZE: usize = 256;

/// What `/proc/PID/stat` says, field by field, named as proc(5) names them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the numbers are proc(5)'s
pub struct ProcStat {
    pub pid: i32,
    /// The name, parentheses included, and NULs up to the end.
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

/// Reads a `stat` text: 42 fields, what follows them does not matter.
///
/// The text is read as the legacy `fscanf` reads it: fields need no blank between them where one ends by itself,
/// signed fields saturate, 32-bit ones are then cut, a minus sign negates an unsigned one modulo 2^64. In two
/// cases it does better: a name in parentheses that holds blanks (`(Web Content)`) is read up to the last `)`,
/// and one longer than 255 bytes is cut there.
///
/// Legacy: `read_proc_stats`, from the file's text on.
///
/// # Errors
/// [`Malformed`] where a field is missing or not of its kind.
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

/// Reads what follows the pid, taking the first `name_len` bytes, at least one, as the name.
fn parse_with_name(pid: Decimal, text: &[u8], name_len: usize) -> Option<ProcStat> {
    let (name, rest) = text.split_at_checked(name_len)?;
    if name.is_empty() {
        return None;
    }
    let mut comm = [0; COMM_SIZE];
    for (place, &byte) in comm.iter_mut().take(COMM_SIZE - 1).zip(name) {
        *place = byte;
    }
    let (&state, rest) = after_space(rest).split_first()?;
    let mut fields = Fields(rest);
    Some(ProcStat {
        pid: pid.to_i32_cut(),
        comm,
        state: state as i8,
        ppid: fields.int()?,
        pgrp: fields.int()?,
        session: fields.int()?,
        tty_nr: fields.int()?,
        tpgid: fields.int()?,
        flags: fields.unsigned()?,
        minflt: fields.unsigned()?,
        cminflt: fields.unsigned()?,
        majflt: fields.unsigned()?,
        cmajflt: fields.unsigned()?,
        utime: fields.unsigned()?,
        stime: fields.unsigned()?,
        cutime: fields.signed()?,
        cstime: fields.signed()?,
        priority: fields.signed()?,
        nice: fields.signed()?,
        num_threads: fields.signed()?,
        itrealvalue: fields.signed()?,
        starttime: fields.unsigned()?,
        vsize: fields.unsigned()?,
        rss: fields.signed()?,
        rlim: fields.unsigned()?,
        startcode: fields.unsigned()?,
        endcode: fields.unsigned()?,
        startstack: fields.unsigned()?,
        kstkesp: fields.unsigned()?,
        kstkeip: fields.unsigned()?,
        signal: fields.unsigned()?,
        blocked: fields.unsigned()?,
        sigignore: fields.unsigned()?,
        sigcatch: fields.unsigned()?,
        wchan: fields.unsigned()?,
        nswap: fields.unsigned()?,
        cnswap: fields.unsigned()?,
        exit_signal: fields.int()?,
        processor: fields.int()?,
        rt_priority: fields.unsigned()?,
        policy: fields.unsigned()?,
        delayacct_blkio_ticks: fields.unsigned()?,
    })
}

/// The numbers still to be read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn int(&mut self) -> Option<i32> {
        self.decimal().map(Decimal::to_i32_cut)
    }

    fn signed(&mut self) -> Option<i64> {
        self.decimal().map(Decimal::to_i64_saturating)
    }

    fn unsigned(&mut self) -> Option<u64> {
        self.decimal().map(Decimal::to_u64)
    }

    fn decimal(&mut self) -> Option<Decimal> {
        let (rest, number) = Decimal::parse(self.0)?;
        self.0 = rest;
        Some(number)
    }
}
