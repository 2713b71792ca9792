// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-rpc-targets.h`.

use core::{
    ffi::{c_int, c_void},
    mem::offset_of,
    sync::atomic::{AtomicI64, AtomicPtr},
};

use super::{jobs::AsyncJob, net_connections::ConnectionNode, net_timers::EventTimer};
use crate::process_id::ProcessId;

/// The connections to one peer. It stands where a job has its payload, and its first fields are those of a target of
/// `net/net-connections`, which hosts use in its place.
#[repr(C)]
#[allow(non_snake_case, reason = "the name is C's")]
pub struct RpcTargetInfo {
    pub(crate) timer: EventTimer,
    pub(crate) a: c_int,
    pub(crate) b: c_int,
    /// A tree that never changes. Readers publish it before they take their reference.
    pub(crate) conn_tree: AtomicPtr<ConnectionNode>,
    pub(crate) PID: ProcessId,
}

/// A target as hosts know it: shaped as a job, but none.
#[repr(C, align(64))]
pub struct RpcTarget {
    pub(crate) job: [u64; 8],
    pub(crate) info: RpcTargetInfo,
}

impl RpcTargetInfo {
    /// Where a target's tree is: of this kind, or of `net/net-connections`.
    pub(crate) fn tree_of(target: *mut AsyncJob) -> *mut *mut c_void {
        let place = AsyncJob::payload(target).wrapping_byte_add(offset_of!(Self, conn_tree));
        place.cast()
    }
}

/// A choice of connections: `limit` at most go to `Arr`.
#[repr(C)]
#[allow(non_snake_case, reason = "the name is C's")]
pub struct ConnectionChooseExtra {
    pub(crate) Arr: *mut *mut AsyncJob,
    pub(crate) limit: c_int,
    /// How many are there.
    pub(crate) pos: c_int,
    /// How many were seen.
    pub(crate) count: c_int,
}

/// What one thread has done with targets.
#[repr(C)]
pub struct RpcTargetStats {
    pub(crate) total_rpc_targets: AtomicI64,
    pub(crate) total_connections_in_rpc_targets: AtomicI64,
}

impl RpcTargetStats {
    pub(crate) const fn new() -> Self {
        Self { total_rpc_targets: AtomicI64::new(0), total_connections_in_rpc_targets: AtomicI64::new(0) }
    }
}
