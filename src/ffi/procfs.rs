//! /proc parsing.

use core::ffi::c_char;

use super::{
    boundary::{Failure, Output, input, status},
    system,
};
use crate::procfs::{self, COMM_SIZE, Malformed, MeminfoSummary, STATM_FIELDS};

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

impl From<Malformed> for Failure {
    fn from(Malformed: Malformed) -> Self {
        Self::Format
    }
}

/// Larger than any `stat` file of the kernel's: 52 numbers of at most 21 bytes and a name.
const STAT_FILE_SIZE: usize = 4096;

/// Parses the text of a `/proc/PID/stat` file: 42 fields, what follows them does not matter.
///
/// Read as the legacy `fscanf` reads it; but a name in parentheses that holds blanks is read up to the last `)`
/// (there the legacy code fails), and one longer than 255 bytes is cut there (there it overruns its array).
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` where `out` is null, or `line` is null with a length other than 0
/// or longer than `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` where a field is missing or not of its kind.
/// Matches the legacy `read_proc_stats`.
///
/// # Safety
/// `line` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_parse_proc_stat_line(
    line: *const c_char,
    len: usize,
    out: *mut ProcStats,
) -> i32 {
    let run = || {
        // SAFETY: `out` is writable.
        let out = unsafe { Output::new(out) }?;
        // SAFETY: `line` is readable for `len` bytes; nothing is written before the slice's last use.
        out.write(procfs::parse_stat(unsafe { input(line.cast(), len) }?)?.into());
        Ok(())
    };
    status(run())
}

/// Reads and parses `/proc/PID/stat`, or `/proc/PID/task/TID/stat` where `tid` is positive.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` where `out` is null; `MTPROXY_FFI_EIO` where the file cannot be
/// read (no such process, no permission); `MTPROXY_FFI_EFORMAT` where it is not a stat text.
/// Matches the legacy `read_proc_stats`.
///
/// # Safety
/// `out` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_read_proc_stat_file(pid: i32, tid: i32, out: *mut ProcStats) -> i32 {
    let run = || {
        // SAFETY: `out` is writable.
        let out = unsafe { Output::new(out) }?;
        let mut buffer = [0; STAT_FILE_SIZE];
        let path = procfs::stat_path(pid, tid);
        let text = system::read_file(path.as_bytes_with_nul(), &mut buffer).map_err(|_| Failure::Io)?;
        out.write(procfs::parse_stat(text)?.into());
        Ok(())
    };
    status(run())
}

/// Parses the first `m` numbers of a `/proc/PID/statm` text, and multiplies each by `page_size` (wrapping at 64 bits).
/// `m` above 7 is read as 7.
///
/// Returns 0 and fills the first `m` of `out_values`, none where `m` is 0 or negative; `MTPROXY_FFI_EINVAL` where
/// `out_values` is null, `page_size` is not positive, or `buf` is null with a length other than 0 or longer than
/// `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` where there are fewer numbers, one exceeds 64 bits, or the text has 4096
/// bytes or more, the legacy reader's buffer. Matches the legacy `am_get_memory_usage`.
///
/// # Safety
/// `buf` is *readable* for `len` bytes and `out_values` is *writable* for `m` elements; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_parse_statm(
    buf: *const c_char,
    len: usize,
    m: i32,
    page_size: i64,
    out_values: *mut i64,
) -> i32 {
    let run = || {
        if out_values.is_null() || page_size <= 0 {
            return Err(Failure::Invalid);
        }
        let count = usize::try_from(m).unwrap_or(0).min(STATM_FIELDS);
        // SAFETY: `buf` is readable for `len` bytes; nothing is written before the slice's last use.
        let values = procfs::parse_statm(unsafe { input(buf.cast(), len) }?, count, page_size)?;
        for (index, value) in values.into_iter().take(count).enumerate() {
            // SAFETY: `out_values` is writable for `m` elements, and `index` is below `m`.
            unsafe { out_values.add(index).write_unaligned(value) };
        }
        Ok(())
    };
    status(run())
}

/// Finds `MemFree`, `Cached`, `SwapTotal` and `SwapFree` in a `/proc/meminfo` text.
///
/// Returns 0 and fills `*out`, sizes in bytes (wrapping at 64 bits); `MTPROXY_FFI_EINVAL` where `out` is null, or
/// `buf` is null with a length other than 0 or longer than `PTRDIFF_MAX`; `MTPROXY_FFI_EFORMAT` where one of the four
/// is missing, or the text has 16384 bytes or more, the legacy reader's buffer.
/// Matches the legacy `am_get_memory_stats`.
///
/// # Safety
/// `buf` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_parse_meminfo_summary(
    buf: *const c_char,
    len: usize,
    out: *mut MeminfoSummary,
) -> i32 {
    let run = || {
        // SAFETY: `out` is writable.
        let out = unsafe { Output::new(out) }?;
        // SAFETY: `buf` is readable for `len` bytes; nothing is written before the slice's last use.
        out.write(procfs::parse_meminfo_summary(unsafe { input(buf.cast(), len) }?)?);
        Ok(())
    };
    status(run())
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
    assert!(offset_of!(MeminfoSummary, mem_free) == 0);
    assert!(offset_of!(MeminfoSummary, mem_cached) == 8);
    assert!(offset_of!(MeminfoSummary, swap_total) == 16);
    assert!(offset_of!(MeminfoSummary, swap_free) == 24);
    assert!(offset_of!(MeminfoSummary, found_mask) == 32);
    assert!(size_of::<MeminfoSummary>() == 36usize.next_multiple_of(align_of::<i64>()));
};
