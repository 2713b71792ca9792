// SPDX-License-Identifier: LGPL-2.0-or-later
//! The identity of this process, set field by field, so that a field set by another thread at the same time is not lost.
//!
//! The memory order is relaxed: the fields are independent of each other, as in the legacy library.

use core::sync::atomic::Ordering::Relaxed;

use crate::{
    layout::pid::SharedProcessId,
    process_id::{fold_pid, names_a_host},
    sys::{clock, process},
};

/// Sets `pid` and `utime` if they are 0.
pub(crate) fn init_common(id: &SharedProcessId) {
    if id.pid.load(Relaxed) == 0 {
        id.pid.store(fold_pid(process::id()), Relaxed);
    }
    if id.utime.load(Relaxed) == 0 {
        id.utime.store(clock::unix_time() as i32, Relaxed);
    }
}

/// Sets `ip` unless the argument is 0 or the loopback address, and then the fields that [`init_common`] sets.
pub(crate) fn init_client(id: &SharedProcessId, ip: u32) {
    if names_a_host(ip) {
        id.ip.store(ip, Relaxed);
    }
    init_common(id);
}

/// As [`init_client`], and sets `port` to the low 16 bits of the argument if it is 0.
pub(crate) fn init_server(id: &SharedProcessId, ip: u32, port: i32) {
    if id.port.load(Relaxed) == 0 {
        id.port.store(port as u16, Relaxed);
    }
    init_client(id, ip);
}
