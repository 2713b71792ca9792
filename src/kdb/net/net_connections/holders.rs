// SPDX-License-Identifier: LGPL-2.0-or-later
//! What is closed when message buffers are used up.

use core::{
    ffi::c_int,
    sync::atomic::Ordering::{Acquire, Relaxed},
};

use super::{
    TAG, connection_get_by_fd, fail_connection, highest_descriptor, socket_jobs::SOCKET_FAILED,
    statistics::happened,
};
use crate::{
    kdb::{
        support::{c_text, kprintf},
        upcalls::{get_utime_monotonic, job_decref},
    },
    layout::net_connections::{ConnectionInfo, LongCounter, SocketInfo},
    net::connection::flag,
    runtime::{
        connection::{Holders, Seldom, Side},
        events::MAX_DESCRIPTORS,
    },
};

static HOLDERS: Holders<MAX_DESCRIPTORS> = Holders::new();
static NO_BUFFERS: Seldom = Seldom::new();

/// Notes how much a socket is to send.
///
/// # Safety
/// A socket's job.
#[inline]
pub(super) unsafe fn note_output(c: *const SocketInfo) {
    // SAFETY: the job's own fields.
    unsafe {
        if (*c).flags.load(Relaxed) & flag::OF_TARGET == 0 {
            HOLDERS.note((*c).fd, Side::Output, (*c).out.total_bytes);
        }
    }
}

/// Notes how much of what a connection has received waits for more.
///
/// # Safety
/// A connection's job.
#[inline]
pub(in crate::kdb::net) unsafe fn note_input(c: *const ConnectionInfo) {
    // SAFETY: the job's own fields.
    unsafe {
        if (*c).target.is_null() {
            let bytes = (*c).r#in.total_bytes.saturating_add((*c).in_u.total_bytes);
            HOLDERS.note((*c).fd, Side::Input, bytes);
        }
    }
}

/// A descriptor is about to be closed.
pub(super) fn forget(fd: c_int) {
    HOLDERS.forget(fd);
}

/// Counts a connection that is closed because there are no buffers for it. The log tells of such ones once a second at most.
#[cold]
#[inline(never)]
pub(in crate::kdb) fn count_shed() {
    happened(LongCounter::Shed, 1);
    if let Some(count) = NO_BUFFERS.happened(get_utime_monotonic() as i64) {
        let text = c_text!("message buffers are used up: closed %lld connections\n");
        // SAFETY: a C string that asks for a number.
        unsafe { kprintf(text.as_ptr(), count) };
    }
}

/// Closes the connection that holds most, unless one was closed in this moment already. False if none holds many.
#[cold]
#[inline(never)]
pub(super) fn close_greatest(moment: i64) -> bool {
    HOLDERS.once(moment, || {
        while let Some(fd) = HOLDERS.take_greatest(highest_descriptor()) {
            // SAFETY: a connection's descriptor, or nobody's, since it was forgotten before it was closed; the reference is
            // given back.
            unsafe {
                let C = connection_get_by_fd(fd);
                if C.is_null() {
                    continue;
                }
                let is_open = (*ConnectionInfo::of(C)).flags.load(Acquire) & flag::ERROR == 0;
                fail_connection(C, SOCKET_FAILED);
                job_decref(TAG, C);
                if is_open {
                    count_shed();
                    return true;
                }
            }
        }
        false
    })
}
