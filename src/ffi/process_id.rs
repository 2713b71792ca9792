// SPDX-License-Identifier: LGPL-2.0-or-later
//! Process identity.

use super::boundary::{Output, status};
use crate::{
    layout::raw::read,
    process_id::ProcessId,
    sys::{clock::unix_time, process},
};

/// Sets `pid` to the process's id if it is 0, and `utime` to the time in Unix seconds if it is 0.
///
/// A process id above 65535 is folded: `(p & 0xffff) ^ (p >> 16)`, or 1 if that is 0. The legacy code aborts.
///
/// Returns 0, or `MTPROXY_FFI_EINVAL` if `pid` is NULL. Matches the legacy `init_common_PID`.
///
/// # Safety
/// `pid` points to a writable, initialised object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_pid_init_common(pid: *mut ProcessId) -> i32 {
    // SAFETY: `pid` is writable.
    let pid = unsafe { Output::new(pid) };
    status(pid.map(|pid| pid.update(|id| id.init_common(process::id(), unix_time()))))
}

/// Sets the `ip` of `*pid` (host byte order) unless the argument is 0 or 127.0.0.1, and then the fields that
/// `mtproxy_ffi_pid_init_common` sets.
///
/// Returns 0, or `MTPROXY_FFI_EINVAL` if `pid` is NULL. Matches the legacy `init_client_PID`.
///
/// # Safety
/// `pid` points to a writable, initialised object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_pid_init_client(pid: *mut ProcessId, ip: u32) -> i32 {
    // SAFETY: `pid` is writable.
    let pid = unsafe { Output::new(pid) };
    status(pid.map(|pid| pid.update(|id| id.init_client(ip, process::id(), unix_time()))))
}

/// As `mtproxy_ffi_pid_init_client`, and sets the `port` of `*pid` to the low 16 bits of the argument if it
/// is 0.
///
/// Returns 0, or `MTPROXY_FFI_EINVAL` if `pid` is NULL. Matches the legacy `init_server_PID`.
///
/// # Safety
/// `pid` points to a writable, initialised object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_pid_init_server(pid: *mut ProcessId, ip: u32, port: i32) -> i32 {
    // SAFETY: `pid` is writable.
    let pid = unsafe { Output::new(pid) };
    status(pid.map(|pid| pid.update(|id| id.init_server(ip, port, process::id(), unix_time()))))
}

/// Compares two identities; a field of `y` that is 0 matches anything.
///
/// Returns 2 if they are equal, 1 if `x` is a special case of `y`, else 0; 0 if one is NULL. Matches the
/// legacy `matches_pid`.
///
/// # Safety
/// `x` and `y` point to readable objects.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_matches_pid(x: *const ProcessId, y: *const ProcessId) -> i32 {
    // SAFETY: both are readable.
    let (Some(x), Some(y)) = (unsafe { read(x) }, unsafe { read(y) }) else { return 0 };
    x.matches(&y).number()
}

/// Compares the age of two processes at the same ip and port. `a` is newer than `b` if it started later or,
/// in the same second, if its process id is 1 to 16383 ahead, modulo 32768.
///
/// Returns 1 if `a` is newer, else 0; 0 if ip or port differ (the legacy code aborts) or one is NULL. Matches
/// the legacy `process_id_is_newer`.
///
/// # Safety
/// `a` and `b` point to readable objects.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_process_id_is_newer(a: *const ProcessId, b: *const ProcessId) -> i32 {
    // SAFETY: both are readable.
    let (Some(a), Some(b)) = (unsafe { read(a) }, unsafe { read(b) }) else { return 0 };
    a.is_newer_than(&b).into()
}
