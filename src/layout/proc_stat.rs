// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/proc-stat.h`.

use core::ffi::c_char;

use crate::procfs::{self, COMM_SIZE};

/// The fields of a `stat` file of /proc, with the names of proc(5).
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs, reason = "the names are those of proc(5)")]
pub struct ProcStats {
    pub pid: i32,
    /// The name, parentheses included, NUL-terminated.
    pub comm: [c_char; COMM_SIZE],
    /// The state letter.
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

impl From<procfs::ProcStat> for ProcStats {
    fn from(stat: procfs::ProcStat) -> Self {
        // Field by field, made from layouts.tsv.
        include!(concat!(env!("OUT_DIR"), "/proc_stats.rs"))
    }
}
