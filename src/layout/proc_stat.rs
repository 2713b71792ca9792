// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/proc-stat.h`.

use core::ffi::c_char;

use crate::procfs::{self, COMM_SIZE};

/// What a `stat` file of /proc says, field by field, named as proc(5) names them.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(missing_docs)] // the numbers are proc(5)'s
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
        Self {
            pid: stat.pid,
            comm: stat.comm.map(|byte| byte as c_char),
            state: stat.state,
            ppid: stat.ppid,
            pgrp: stat.pgrp,
            session: stat.session,
            tty_nr: stat.tty_nr,
            tpgid: stat.tpgid,
            flags: stat.flags,
            minflt: stat.minflt,
            cminflt: stat.cminflt,
            majflt: stat.majflt,
            cmajflt: stat.cmajflt,
            utime: stat.utime,
            stime: stat.stime,
            cutime: stat.cutime,
            cstime: stat.cstime,
            priority: stat.priority,
            nice: stat.nice,
            num_threads: stat.num_threads,
            itrealvalue: stat.itrealvalue,
            starttime: stat.starttime,
            vsize: stat.vsize,
            rss: stat.rss,
            rlim: stat.rlim,
            startcode: stat.startcode,
            endcode: stat.endcode,
            startstack: stat.startstack,
            kstkesp: stat.kstkesp,
            kstkeip: stat.kstkeip,
            signal: stat.signal,
            blocked: stat.blocked,
            sigignore: stat.sigignore,
            sigcatch: stat.sigcatch,
            wchan: stat.wchan,
            nswap: stat.nswap,
            cnswap: stat.cnswap,
            exit_signal: stat.exit_signal,
            processor: stat.processor,
            rt_priority: stat.rt_priority,
            policy: stat.policy,
            delayacct_blkio_ticks: stat.delayacct_blkio_ticks,
        }
    }
}

const _: () = {
    use core::mem::offset_of;
    // The first eight-byte field; from here on there are no gaps.
    const FLAGS: usize = 284usize.next_multiple_of(align_of::<u64>());
    assert!(offset_of!(ProcStats, pid) == 0);
    assert!(offset_of!(ProcStats, comm) == 4);
    assert!(offset_of!(ProcStats, state) == 260);
    assert!(offset_of!(ProcStats, ppid) == 264);
    assert!(offset_of!(ProcStats, pgrp) == 268);
    assert!(offset_of!(ProcStats, session) == 272);
    assert!(offset_of!(ProcStats, tty_nr) == 276);
    assert!(offset_of!(ProcStats, tpgid) == 280);
    assert!(offset_of!(ProcStats, flags) == FLAGS);
    assert!(offset_of!(ProcStats, minflt) == FLAGS + 8);
    assert!(offset_of!(ProcStats, cminflt) == FLAGS + 16);
    assert!(offset_of!(ProcStats, majflt) == FLAGS + 24);
    assert!(offset_of!(ProcStats, cmajflt) == FLAGS + 32);
    assert!(offset_of!(ProcStats, utime) == FLAGS + 40);
    assert!(offset_of!(ProcStats, stime) == FLAGS + 48);
    assert!(offset_of!(ProcStats, cutime) == FLAGS + 56);
    assert!(offset_of!(ProcStats, cstime) == FLAGS + 64);
    assert!(offset_of!(ProcStats, priority) == FLAGS + 72);
    assert!(offset_of!(ProcStats, nice) == FLAGS + 80);
    assert!(offset_of!(ProcStats, num_threads) == FLAGS + 88);
    assert!(offset_of!(ProcStats, itrealvalue) == FLAGS + 96);
    assert!(offset_of!(ProcStats, starttime) == FLAGS + 104);
    assert!(offset_of!(ProcStats, vsize) == FLAGS + 112);
    assert!(offset_of!(ProcStats, rss) == FLAGS + 120);
    assert!(offset_of!(ProcStats, rlim) == FLAGS + 128);
    assert!(offset_of!(ProcStats, startcode) == FLAGS + 136);
    assert!(offset_of!(ProcStats, endcode) == FLAGS + 144);
    assert!(offset_of!(ProcStats, startstack) == FLAGS + 152);
    assert!(offset_of!(ProcStats, kstkesp) == FLAGS + 160);
    assert!(offset_of!(ProcStats, kstkeip) == FLAGS + 168);
    assert!(offset_of!(ProcStats, signal) == FLAGS + 176);
    assert!(offset_of!(ProcStats, blocked) == FLAGS + 184);
    assert!(offset_of!(ProcStats, sigignore) == FLAGS + 192);
    assert!(offset_of!(ProcStats, sigcatch) == FLAGS + 200);
    assert!(offset_of!(ProcStats, wchan) == FLAGS + 208);
    assert!(offset_of!(ProcStats, nswap) == FLAGS + 216);
    assert!(offset_of!(ProcStats, cnswap) == FLAGS + 224);
    assert!(offset_of!(ProcStats, exit_signal) == FLAGS + 232);
    assert!(offset_of!(ProcStats, processor) == FLAGS + 236);
    assert!(offset_of!(ProcStats, rt_priority) == FLAGS + 240);
    assert!(offset_of!(ProcStats, policy) == FLAGS + 248);
    assert!(offset_of!(ProcStats, delayacct_blkio_ticks) == FLAGS + 256);
    assert!(size_of::<ProcStats>() == FLAGS + 264);
};
