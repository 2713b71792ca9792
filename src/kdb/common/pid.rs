// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/pid`.

use core::ffi::c_int;

use crate::{
    kdb::statics::exported_weak,
    layout::{pid::SharedProcessId, raw::read},
    process_id::ProcessId,
    runtime::process_id,
};

// Twelve bytes, aligned to eight as in the original. Revisions of the proxy define it in `common/pid`, in
// `net/net-stats`, or in both.
exported_weak!("PID", 12);

unsafe extern "C" {
    /// The identity of this process.
    pub static PID: SharedProcessId;
}

/// The identity of this process.
fn own() -> &'static SharedProcessId {
    // SAFETY: defined above or by the host, with the same layout; its fields are atomic, so other threads may access it.
    unsafe { &PID }
}

/// Sets `pid` and `utime` of [`PID`] if they are 0.
///
/// A process id above 65535 is folded into 16 bits: `(p & 0xffff) ^ (p >> 16)`, or 1 if that is 0.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn init_common_PID() {
    process_id::init_common(own());
}

/// Sets `ip` of [`PID`] unless the argument is 0 or 127.0.0.1, and then the fields that [`init_common_PID`] sets.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn init_client_PID(ip: u32) {
    process_id::init_client(own(), ip);
}

/// As [`init_client_PID`], and sets `port` of [`PID`] if it is 0.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn init_server_PID(ip: u32, port: c_int) {
    process_id::init_server(own(), ip, port);
}

/// Returns 2 if the two are equal, 1 if `x` is a special case of `y`, else 0; 0 if one is null.
///
/// # Safety
/// Both are null or *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn matches_pid(x: *mut ProcessId, y: *mut ProcessId) -> c_int {
    // SAFETY: readable unless null.
    let (Some(x), Some(y)) = (unsafe { read(x) }, unsafe { read(y) }) else { return 0 };
    x.matches(&y).number()
}

/// Returns 1 if `a` is a later process than `b` at the same address; 0 if not, if the addresses differ, or if one is null.
///
/// # Safety
/// Both are null or *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn process_id_is_newer(a: *mut ProcessId, b: *mut ProcessId) -> c_int {
    // SAFETY: readable unless null.
    let (Some(a), Some(b)) = (unsafe { read(a) }, unsafe { read(b) }) else { return 0 };
    a.is_newer_than(&b).into()
}
