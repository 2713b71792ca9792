//! Process identity.

use super::boundary::{Output, status};
use crate::{
    layout::raw::read,
    process_id::{Match, ProcessId},
    sys::{clock::unix_time, process},
};

/// Fills `pid` and `utime` where they are 0: with the process's id, and with the time in Unix seconds.
///
/// A process id above 65535, on which the legacy code aborts, is folded: `(p & 0xffff) ^ (p >> 16)`, and 1 where
/// that gives 0.
///
/// Returns 0, or `MTPROXY_FFI_EINVAL` where `pid` is null. Matches the legacy `init_common_PID`.
///
/// # Safety
/// `pid` is *writable* and initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_pid_init_common(pid: *mut ProcessId) -> i32 {
    // SAFETY: `pid` is writable.
    let pid = unsafe { Output::new(pid) };
    status(pid.map(|pid| pid.update(|id| id.init_common(process::id(), unix_time()))))
}

/// Sets `ip` (host byte order) unless it is 0 or 127.0.0.1, then does what `mtproxy_ffi_pid_init_common` does.
///
/// Returns 0, or `MTPROXY_FFI_EINVAL` where `pid` is null. Matches the legacy `init_client_PID`.
///
/// # Safety
/// `pid` is *writable* and initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_pid_init_client(pid: *mut ProcessId, ip: u32) -> i32 {
    // SAFETY: `pid` is writable.
    let pid = unsafe { Output::new(pid) };
    status(pid.map(|pid| pid.update(|id| id.init_client(ip, process::id(), unix_time()))))
}

/// As `mtproxy_ffi_pid_init_client`, and sets `port` to the low 16 bits of the argument where it is 0.
///
/// Returns 0, or `MTPROXY_FFI_EINVAL` where `pid` is null. Matches the legacy `init_server_PID`.
///
/// # Safety
/// `pid` is *writable* and initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_pid_init_server(pid: *mut ProcessId, ip: u32, port: i32) -> i32 {
    // SAFETY: `pid` is writable.
    let pid = unsafe { Output::new(pid) };
    status(pid.map(|pid| pid.update(|id| id.init_server(ip, port, process::id(), unix_time()))))
}

/// Compares two identities; a field of `y` that is 0 matches anything.
///
/// Returns 2 where they are equal, 1 where `x` is a special case of `y`, else 0; 0 where one is null.
/// Matches the legacy `matches_pid`.
///
/// # Safety
/// `x` and `y` are *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_matches_pid(x: *const ProcessId, y: *const ProcessId) -> i32 {
    // SAFETY: both are readable.
    let (Some(x), Some(y)) = (unsafe { read(x) }, unsafe { read(y) }) else { return 0 };
    match x.matches(&y) {
        Match::No => 0,
        Match::Special => 1,
        Match::Equal => 2,
    }
}

/// Tells whether `a` is a later process than `b` at the same ip and port: started later or, in the same second, with
/// a process id at most 16383 ahead, modulo 32768.
///
/// Returns 1 where it is, else 0; 0 where ip or port differ (there the legacy code aborts) or one is null.
/// Matches the legacy `process_id_is_newer`.
///
/// # Safety
/// `a` and `b` are *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_process_id_is_newer(a: *const ProcessId, b: *const ProcessId) -> i32 {
    // SAFETY: both are readable.
    let (Some(a), Some(b)) = (unsafe { read(a) }, unsafe { read(b) }) else { return 0 };
    a.is_newer_than(&b).into()
}
