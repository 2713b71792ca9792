// SPDX-License-Identifier: LGPL-2.0-or-later
//! The /proc texts by libc's own `fscanf`, `strtoll` and `sscanf`, called as the legacy readers call them.

use std::ffi::{CString, c_char};

use mtproxy_ffi::procfs::ProcStat;

/// The numbers of a stat text in the order of [`numbers`], and the name; `None` if fewer than 42 fields are found.
/// For machines whose `long` has 64 bits, and texts shorter than 4096 bytes.
pub(crate) fn stat(text: &[u8]) -> Option<(Vec<u64>, Vec<u8>)> {
    const ROOM: usize = 4096;
    assert!(text.len() < ROOM);
    if text.is_empty() {
        return None;
    }
    let mut ints = [0i32; 8];
    let mut longs = [0u64; 32];
    let mut comm = [0u8; ROOM];
    let mut state = 0 as c_char;
    let [pid, ppid, pgrp, session, tty_nr, tpgid, exit_signal, processor] =
        ints.each_mut().map(|n| n as *mut i32);
    let l = longs.each_mut().map(|n| n as *mut u64);
    // SAFETY: a stream over the text, which is only read; each argument is a writable object of the kind its conversion
    // asks for, and the name has room for the whole text.
    let count = unsafe {
        let stream = libc::fmemopen(text.as_ptr().cast_mut().cast(), text.len(), c"r".as_ptr());
        assert!(!stream.is_null());
        let count = libc::fscanf(
            stream,
            c"%d %s %c %d %d %d %d %d %lu %lu %lu %lu %lu %lu %lu %ld %ld %ld %ld %ld %ld %lu %lu %ld %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %d %d %lu %lu %llu".as_ptr(),
            pid, comm.as_mut_ptr(), &raw mut state, ppid, pgrp, session, tty_nr, tpgid, l[0], l[1], l[2], l[3],
            l[4], l[5], l[6], l[7], l[8], l[9], l[10], l[11], l[12], l[13], l[14], l[15], l[16], l[17], l[18],
            l[19], l[20], l[21], l[22], l[23], l[24], l[25], l[26], l[27], l[28], exit_signal, processor, l[29],
            l[30], l[31],
        );
        libc::fclose(stream);
        count
    };
    let comm = comm.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
    let ints = ints.map(|n| n as u64);
    (count == 42).then(|| ([&ints[..], &longs, &[state as i8 as u64]].concat(), comm))
}

/// The text with every blank of its name, from `(` after the first number to the last `)`, replaced by `_`: a text that
/// the legacy reader refuses only because of these blanks, it now accepts. A blank is put after the name, because the
/// legacy reader needs one there and ours does not.
pub(crate) fn without_blanks_in_name(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    let open = text.iter().position(|&byte| byte == b'(').unwrap_or(text.len());
    let close = text.iter().rposition(|&byte| byte == b')').unwrap_or(0);
    for byte in text.get_mut(open..close).unwrap_or_default() {
        if byte.is_ascii_whitespace() || *byte == b'\x0b' {
            *byte = b'_';
        }
    }
    text.insert((close + 1).min(text.len()), b' ');
    text
}

/// The numbers of our result, in the order of [`stat`].
pub(crate) fn numbers(s: &ProcStat) -> Vec<u64> {
    vec![
        s.pid as u64,
        s.ppid as u64,
        s.pgrp as u64,
        s.session as u64,
        s.tty_nr as u64,
        s.tpgid as u64,
        s.exit_signal as u64,
        s.processor as u64,
        s.flags,
        s.minflt,
        s.cminflt,
        s.majflt,
        s.cmajflt,
        s.utime,
        s.stime,
        s.cutime as u64,
        s.cstime as u64,
        s.priority as u64,
        s.nice as u64,
        s.num_threads as u64,
        s.itrealvalue as u64,
        s.starttime,
        s.vsize,
        s.rss as u64,
        s.rlim,
        s.startcode,
        s.endcode,
        s.startstack,
        s.kstkesp,
        s.kstkeip,
        s.signal,
        s.blocked,
        s.sigignore,
        s.sigcatch,
        s.wchan,
        s.nswap,
        s.cnswap,
        s.rt_priority,
        s.policy,
        s.delayacct_blkio_ticks,
        s.state as u64,
    ]
}

fn errno() -> &'static mut i32 {
    // SAFETY: the calling thread's own error number, which lives as long as the thread.
    unsafe { &mut *libc::__errno_location() }
}

/// As a C string: up to the first NUL.
fn c_string(text: &[u8]) -> CString {
    CString::new(text.split(|&byte| byte == 0).next().unwrap_or_default()).expect("no NUL")
}

/// The first `count` numbers by `strtoll`, times `page`; `None` if there are fewer or one is out of range.
pub(crate) fn statm(text: &[u8], count: usize, page: i64) -> Option<Vec<i64>> {
    if text.len() >= 4096 {
        return None;
    }
    let text = c_string(text);
    let mut at: *const c_char = text.as_ptr();
    (0..count.min(7))
        .map(|_| {
            let mut end = std::ptr::null_mut();
            *errno() = 0;
            // SAFETY: `at` points into a C string.
            let value = unsafe { libc::strtoll(at, &mut end, 10) };
            let failed = end.cast_const() == at || *errno() != 0;
            at = end;
            (!failed).then(|| value.wrapping_mul(page))
        })
        .collect()
}

/// MemFree, Cached, SwapTotal, SwapFree by `sscanf`, line by line until all are found.
pub(crate) fn meminfo(text: &[u8]) -> Option<[i64; 4]> {
    if text.len() >= 16384 {
        return None;
    }
    let mut found = [None; 4];
    for line in c_string(text).as_bytes().split(|&byte| byte == b'\n') {
        for (place, name) in found.iter_mut().zip(["MemFree:", "Cached:", "SwapTotal:", "SwapFree:"]) {
            if let Some(rest) = line.strip_prefix(name.as_bytes()) {
                *place = kilobytes(rest).or(*place);
            }
        }
        if let [Some(a), Some(b), Some(c), Some(d)] = found {
            return Some([a, b, c, d]);
        }
    }
    None
}

fn kilobytes(text: &[u8]) -> Option<i64> {
    let line = c_string(text);
    let (mut value, mut unit) = (0i64, [0u8; 32]);
    // SAFETY: writable objects of the kinds that the conversions ask for, the second with room for 31 and a NUL.
    let count =
        unsafe { libc::sscanf(line.as_ptr(), c"%lld%31s".as_ptr(), &raw mut value, unit.as_mut_ptr()) };
    (count == 2 && unit.starts_with(b"kB\0")).then_some(value << 10)
}
