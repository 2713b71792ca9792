// SPDX-License-Identifier: LGPL-2.0-or-later
//! `engine/engine-rpc.h`.
#![allow(non_snake_case, reason = "the names are C's")]

use core::ffi::{c_char, c_int, c_longlong, c_uint, c_ulonglong, c_void};

use super::{
    net_msg::RawMessage,
    net_timers::EventTimer,
    tl_parse::{TlOutState, TlQueryHeader},
};
use crate::process_id::ProcessId;

/// Answers a query, on behalf of a job. Returns 0 where it did, or a negative number.
pub(crate) type Act = unsafe extern "C" fn(*mut c_void, *mut TlActExtra) -> c_int;

/// A query that was read, and how it is answered. Its parameters follow it.
#[repr(C)]
pub struct TlActExtra {
    /// In bytes, with what follows.
    pub(crate) size: c_int,
    pub(crate) flags: c_int,
    pub(crate) attempt: c_int,
    pub(crate) r#type: c_int,
    pub(crate) op: c_int,
    pub(crate) subclass: c_int,
    pub(crate) hash: c_ulonglong,
    pub(crate) start_rdtsc: c_longlong,
    pub(crate) cpu_rdtsc: c_longlong,
    pub(crate) tlio_out: *mut TlOutState,
    pub(crate) act: Option<Act>,
    pub(crate) free: Option<unsafe extern "C" fn(*mut TlActExtra)>,
    pub(crate) dup: Option<unsafe extern "C" fn(*mut TlActExtra) -> *mut TlActExtra>,
    pub(crate) header: *mut TlQueryHeader,
    pub(crate) raw: *mut *mut RawMessage,
    pub(crate) error: *mut *mut c_char,
    pub(crate) extra_ref: *mut c_void,
    pub(crate) error_code: *mut c_int,
}

/// A query at work: the payload of its job.
#[repr(C)]
pub struct QueryWorkParams {
    pub(crate) ev: EventTimer,
    pub(crate) r#type: c_uint,
    /// Who asked.
    pub(crate) pid: ProcessId,
    pub(crate) src: RawMessage,
    pub(crate) h: *mut TlQueryHeader,
    /// The answer, or null; or an error, as a text and a number.
    pub(crate) result: *mut RawMessage,
    pub(crate) error_code: c_int,
    pub(crate) answer_sent: c_int,
    pub(crate) wait_coord: c_int,
    pub(crate) error: *mut c_char,
    pub(crate) wait_pos: *mut c_void,
    pub(crate) P: *mut c_void,
    pub(crate) start_rdtsc: c_longlong,
    pub(crate) total_work_rdtsc: c_longlong,
    pub(crate) all_list: *mut c_void,
    /// The connection that it came from.
    pub(crate) fd: c_int,
    pub(crate) generation: c_int,
}

/// Set in `flags`: it is in memory of its own.
pub(crate) const ACT_ALLOCATED: c_int = 1;
/// Set in `flags`: it belongs to itself, and may be kept.
pub(crate) const ACT_OWNED: c_int = 1 | 2;

/// Bits of `type`: who may answer the query.
pub(crate) const QUERY_ALLOW_REPLICA_GET: c_int = 1;
pub(crate) const QUERY_ALLOW_REPLICA_SET: c_int = 2;
pub(crate) const QUERY_ALLOW_UNINIT: c_int = 4;
