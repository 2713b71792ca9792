// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-thread`: what its exported functions take.

use core::ffi::{c_int, c_void};

use super::jobs::AsyncJob;

/// An event of a connection, to which it has a reference.
#[repr(C)]
pub struct NotificationEvent {
    pub(crate) r#type: c_int,
    pub(crate) who: *mut AsyncJob,
}

/// The payload of the job that handles events.
#[repr(C)]
pub(crate) struct NotificationEventJobExtra {
    pub(crate) queue: *mut c_void,
}
