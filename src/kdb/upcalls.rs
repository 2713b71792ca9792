// SPDX-License-Identifier: LGPL-2.0-or-later
//! What the drop-in asks of its host: functions and variables of legacy objects that are not covered, or that a host may
//! bring itself.

use core::ffi::{c_char, c_int};

unsafe extern "C" {
    /// Legacy object `common/resolver`.
    pub(super) fn kdb_gethostbyname(name: *const c_char) -> *mut libc::hostent;
    /// Legacy object `net/net-stats`.
    pub(super) fn prepare_stats(buff: *mut c_char, size: c_int) -> c_int;
    /// Legacy object `common/server-functions`.
    pub(super) static start_time: c_int;
    /// Weak in `shim/precise_time.c`: the host's own, if it has one.
    pub(super) safe fn get_utime_monotonic() -> f64;
}
