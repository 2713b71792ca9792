// SPDX-License-Identifier: LGPL-2.0-or-later
//! The log prefix by libc's `snprintf`.

use mtproxy_ffi::log_prefix::Moment;

pub(crate) fn log_prefix(pid: i32, at: Moment) -> Vec<u8> {
    let Moment { year, month, day, hour, minute, second, microsecond } = at;
    let mut out = vec![0u8; 200];
    let format = c"[%d][%4d-%02d-%02d %02d:%02d:%02d.%06d local] ".as_ptr();
    // SAFETY: a writable output of its own length, and arguments as the format asks.
    let len = unsafe {
        let room = out.as_mut_ptr().cast();
        libc::snprintf(room, out.len(), format, pid, year, month, day, hour, minute, second, microsecond)
    };
    out.truncate(usize::try_from(len).expect("a length"));
    out
}
