// SPDX-License-Identifier: LGPL-2.0-or-later
//! Functions and variables of the host that the drop-in uses: those of legacy objects that it does not replace, and one
//! that a host may define itself.

use core::ffi::{c_char, c_int};

unsafe extern "C" {
    /// Legacy object `common/resolver`.
    pub(super) fn kdb_gethostbyname(name: *const c_char) -> *mut libc::hostent;
    /// Legacy object `net/net-stats`.
    pub(super) fn prepare_stats(buff: *mut c_char, size: c_int) -> c_int;
    /// Legacy object `common/server-functions`.
    pub(super) static start_time: c_int;
    /// Weak in `shim/precise_time.c`: the host's own function, if it defines one.
    pub(super) safe fn get_utime_monotonic() -> f64;
}
