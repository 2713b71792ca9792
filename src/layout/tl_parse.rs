// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/tl-parse.h`: a packet that is read, and one that is written.

use core::ffi::{c_char, c_int, c_longlong, c_uint, c_void};

use crate::process_id::ProcessId;

/// A place to read from.
#[repr(C)]
pub struct TlInState {
    /// 0: there is none yet.
    pub(crate) in_type: c_uint,
    pub(crate) in_methods: *const TlInMethods,
    pub(crate) r#in: *mut c_void,
    pub(crate) in_mark: *mut c_void,
    pub(crate) in_remaining: c_int,
    pub(crate) in_pos: c_int,
    pub(crate) in_mark_pos: c_int,
    pub(crate) in_flags: c_int,
    /// The text of the first error; null while there is none.
    pub(crate) error: *mut c_char,
    pub(crate) errnum: c_int,
    pub(crate) in_pid_buf: ProcessId,
    pub(crate) in_pid: *mut ProcessId,
}

/// Copies bytes out of a place to read from.
pub(crate) type Fetch = unsafe extern "C" fn(*mut TlInState, *mut c_void, c_int);
type FetchNothing = unsafe extern "C" fn(*mut TlInState);

/// How a kind of place is read.
#[repr(C)]
pub struct TlInMethods {
    pub(crate) fetch_raw_data: Fetch,
    pub(crate) fetch_move: unsafe extern "C" fn(*mut TlInState, c_int),
    pub(crate) fetch_lookup: Fetch,
    pub(crate) fetch_clear: Option<FetchNothing>,
    pub(crate) fetch_mark: Option<FetchNothing>,
    pub(crate) fetch_mark_restore: Option<FetchNothing>,
    pub(crate) fetch_mark_delete: Option<FetchNothing>,
    pub(crate) fetch_raw_message: Option<Fetch>,
    pub(crate) fetch_lookup_raw_message: Option<Fetch>,
    pub(crate) flags: c_int,
    pub(crate) prepend_bytes: c_int,
}

/// A place to write to.
#[repr(C)]
pub struct TlOutState {
    /// 0: there is none yet.
    pub(crate) out_type: c_uint,
    pub(crate) out_methods: *const TlOutMethods,
    pub(crate) out: *mut c_void,
    pub(crate) out_extra: *mut c_void,
    pub(crate) out_pos: c_int,
    pub(crate) out_remaining: c_int,
    pub(crate) out_size: *mut c_int,
    pub(crate) error: *mut c_char,
    pub(crate) errnum: c_int,
    pub(crate) out_qid: c_longlong,
    pub(crate) out_pid_buf: ProcessId,
    pub(crate) out_pid: *mut ProcessId,
}

type StorePlace = unsafe extern "C" fn(*mut TlOutState, c_int) -> *mut c_void;
type StoreNothing = unsafe extern "C" fn(*mut TlOutState);
type CopyThrough = unsafe extern "C" fn(*mut TlInState, *mut TlOutState, c_int, c_int);

/// How a kind of place is written.
#[repr(C)]
pub struct TlOutMethods {
    pub(crate) store_get_ptr: Option<StorePlace>,
    pub(crate) store_get_prepend_ptr: Option<StorePlace>,
    pub(crate) store_raw_data: unsafe extern "C" fn(*mut TlOutState, *const c_void, c_int),
    pub(crate) store_raw_msg: Option<unsafe extern "C" fn(*mut TlOutState, *mut c_void)>,
    pub(crate) store_read_back: Option<unsafe extern "C" fn(*mut TlOutState, c_int)>,
    pub(crate) store_read_back_nondestruct: Option<unsafe extern "C" fn(*mut TlOutState, *mut c_void, c_int)>,
    pub(crate) store_crc32_partial: Option<unsafe extern "C" fn(*mut TlOutState, c_int, c_uint) -> c_uint>,
    pub(crate) store_flush: Option<StoreNothing>,
    pub(crate) store_clear: Option<StoreNothing>,
    pub(crate) copy_through: [Option<CopyThrough>; 10],
    pub(crate) store_prefix: Option<StoreNothing>,
    pub(crate) flags: c_int,
    pub(crate) prepend_bytes: c_int,
}

/// The header of a query or answer.
#[repr(C)]
pub struct TlQueryHeader {
    pub(crate) qid: c_longlong,
    pub(crate) actor_id: c_longlong,
    pub(crate) flags: c_int,
    pub(crate) op: c_int,
    pub(crate) real_op: c_int,
    pub(crate) ref_cnt: c_int,
    pub(crate) qw_params: *mut c_void,
}

/// Kinds of places: none yet, memory, a message, and one that goes to a connection.
pub(crate) const NOWHERE: c_uint = 0;
pub(crate) const MEMORY: c_uint = 1;
pub(crate) const RAW_MESSAGE: c_uint = 2;
pub(crate) const TCP_RAW_MESSAGE: c_uint = 3;
