// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-msg.h`.

use core::ffi::{c_int, c_void};

/// A message: a chain of parts.
#[repr(C)]
pub struct RawMessage {
    pub(crate) first: *mut c_void,
    pub(crate) last: *mut c_void,
    pub(crate) total_bytes: c_int,
    pub(crate) magic: c_int,
    pub(crate) first_offset: c_int,
    pub(crate) last_offset: c_int,
}
