// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-http-server.h`.

use core::ffi::{c_char, c_int, c_void};

use super::{jobs::AsyncJob, net_msg::RawMessage};

/// A request, in the connection's `custom_data`: what its head says, and what the host keeps beside it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct HtsData {
    pub(crate) query_type: c_int,
    pub(crate) query_flags: c_int,
    pub(crate) query_words: c_int,
    pub(crate) header_size: c_int,
    pub(crate) first_line_size: c_int,
    pub(crate) data_size: c_int,
    pub(crate) host_offset: c_int,
    pub(crate) host_size: c_int,
    pub(crate) uri_offset: c_int,
    pub(crate) uri_size: c_int,
    pub(crate) http_ver: c_int,
    pub(crate) wlen: c_int,
    pub(crate) word: [c_char; 16],
    pub(crate) extra: *mut c_void,
    pub(crate) extra_int: c_int,
    pub(crate) extra_int2: c_int,
    pub(crate) extra_int3: c_int,
    pub(crate) extra_int4: c_int,
    pub(crate) extra_double: f64,
    pub(crate) extra_double2: f64,
    pub(crate) parse_state: c_int,
    pub(crate) query_seqno: c_int,
}

/// What the host does with requests. The server writes the default into an empty `execute`.
#[repr(C)]
pub struct HttpServerFunctions {
    pub(crate) info: *mut c_void,
    pub(crate) execute: Option<Execute>,
    pub(crate) ht_wakeup: Option<unsafe extern "C" fn(*mut AsyncJob) -> c_int>,
    pub(crate) ht_alarm: Option<unsafe extern "C" fn(*mut AsyncJob) -> c_int>,
    pub(crate) ht_close: Option<unsafe extern "C" fn(*mut AsyncJob, c_int) -> c_int>,
}

/// Answers a request: 0 if it did, the negative code of an error page, or how many more bytes it needs.
pub type Execute = unsafe extern "C" fn(*mut AsyncJob, *mut RawMessage, c_int) -> c_int;
