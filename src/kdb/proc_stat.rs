//! Legacy object `common/proc-stat`.

use core::ffi::c_int;

use crate::ffi::{self, ProcStats};

/// Reads `/proc/PID/stat`, or `/proc/PID/task/TID/stat` where `tid` is positive.
///
/// Returns 1, or 0 where the file cannot be read or is not a stat text; then nothing is written. A name with blanks
/// in it does not fail here, and one longer than 255 bytes is cut.
///
/// # Safety
/// `s` is null or *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read_proc_stats(pid: c_int, tid: c_int, s: *mut ProcStats) -> c_int {
    // SAFETY: the same promise.
    let status = unsafe { ffi::mtproxy_ffi_read_proc_stat_file(pid, tid, s) };
    (status == ffi::OK).into()
}
