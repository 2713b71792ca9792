// SPDX-License-Identifier: LGPL-2.0-or-later
//! From descriptors to connections.
//!
//! A slot of the event loop has a count of references, and its data are a reference to a job as long as that is not 0. Any
//! thread may take a reference to a slot that has one. Who gives the last one back takes the job out.

use core::{
    ffi::{c_int, c_longlong, c_void},
    ptr,
    sync::atomic::{
        AtomicI32, AtomicI64,
        Ordering::{AcqRel, Acquire, Relaxed},
    },
};

use super::{TAG, do_listening_connection_job, do_socket_connection_job, lost};
use crate::{
    kdb::{
        net::slot_of,
        support::c_text,
        upcalls::{job_decref, job_incref},
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{ConnectionInfo, SocketInfo},
    },
    net::connection::flag,
};

/// Changes the number of references to a descriptor's slot. With the last one its job goes out of it.
///
/// # Safety
/// The slot's data are a job, or null; a reference that is given back is the caller's.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connection_event_incref(fd: c_int, val: c_longlong) {
    let Some(slot) = slot_of(fd) else { return };
    // AcqRel: the last one sees what the others did with the job.
    if slot.refcnt.fetch_add(val, AcqRel).wrapping_add(val) != 0 {
        return;
    }
    let job: *mut AsyncJob = slot.data.swap(ptr::null_mut(), AcqRel).cast();
    if !job.is_null() {
        // SAFETY: the slot's reference.
        unsafe { job_decref(TAG, job) };
    }
}

/// Takes a reference to a slot that has one. False if it has none.
fn hold(count: &AtomicI64) -> bool {
    let has_some = |count: i64| (count as i32 != 0).then(|| count.wrapping_add(1));
    // Acquire: with `epoll_sethandler`, after which the data are there.
    count.fetch_update(Acquire, Relaxed, has_some).is_ok()
}

/// The connection of a descriptor, or its listener, with a reference; null if there is none, or it failed.
///
/// # Safety
/// The slot of the descriptor is a connection's, a listener's, or nobody's.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connection_get_by_fd(fd: c_int) -> *mut AsyncJob {
    let Some(slot) = slot_of(fd).filter(|slot| hold(&slot.refcnt)) else { return ptr::null_mut() };
    let data: *mut AsyncJob = slot.data.load(Acquire).cast();
    // SAFETY: the reference to the slot keeps its job alive until there is one to the job, too.
    unsafe {
        let job = if data.is_null() { data } else { job_incref(data) };
        connection_event_incref(fd, -1);
        if job.is_null() {
            return job;
        }
        let function = (*job).j_execute.load(Relaxed);
        if function == do_listening_connection_job as *mut c_void {
            return job;
        }
        if function != do_socket_connection_job as *mut c_void {
            lost(c_text!("connection_get_by_fd: the descriptor is no connection's"));
        }
        let socket = SocketInfo::of(job);
        let connection = if (*socket).flags.load(Acquire) & flag::ERROR != 0 {
            ptr::null_mut()
        } else {
            job_incref((*socket).conn)
        };
        job_decref(TAG, job);
        connection
    }
}

/// As [`connection_get_by_fd`]; null, too, if it is of another generation.
///
/// # Safety
/// As for [`connection_get_by_fd`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connection_get_by_fd_generation(fd: c_int, generation: c_int) -> *mut AsyncJob {
    // SAFETY: the same promise; a listener has its generation in the same place.
    unsafe {
        let job = connection_get_by_fd(fd);
        let changes = |job| AtomicI32::from_ptr(&raw mut (*ConnectionInfo::of(job)).generation);
        if !job.is_null() && changes(job).load(Relaxed) != generation {
            job_decref(TAG, job);
            return ptr::null_mut();
        }
        job
    }
}
