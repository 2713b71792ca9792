// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/proc-stat`.

use core::ffi::c_int;

pub use crate::layout::proc_stat::ProcStats;
use crate::runtime::process_stats;

/// Reads `/proc/PID/stat`, or `/proc/PID/task/TID/stat` if `tid` is positive.
///
/// Returns 1, or 0 if the file cannot be read or is not a stat text; then nothing is written. A name with blanks is
/// accepted, and a name longer than 255 bytes is cut.
///
/// # Safety
/// `s` is null or *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read_proc_stats(pid: c_int, tid: c_int, s: *mut ProcStats) -> c_int {
    if s.is_null() {
        return 0;
    }
    let Ok(stat) = process_stats::read(pid, tid) else { return 0 };
    // SAFETY: not null, so writable; alignment is not needed.
    unsafe { s.write_unaligned(stat.into()) };
    1
}
