// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-events.h`.

use core::{
    cell::Cell,
    ffi::{c_int, c_longlong, c_void},
    sync::atomic::{AtomicI64, AtomicPtr},
};

/// Called when a descriptor has something to do; the answer says what comes next.
pub type EventHandler = unsafe extern "C" fn(c_int, *mut c_void, *mut EventDescr) -> c_int;

/// A descriptor that the event loop knows. The main thread alone uses the cells.
#[repr(C)]
pub struct EventDescr {
    /// The descriptor itself, if the slot is in use.
    pub(crate) fd: Cell<c_int>,
    /// What is waited for, and [`IN_EPOLL`].
    pub(crate) state: Cell<c_int>,
    /// What it is ready for.
    pub(crate) ready: Cell<c_int>,
    /// What epoll was told.
    pub(crate) epoll_state: Cell<c_int>,
    /// What epoll said last.
    pub(crate) epoll_ready: Cell<c_int>,
    pub(crate) timeout: Cell<c_int>,
    pub(crate) priority: Cell<c_int>,
    /// Its place in the heap, from 1 on, or 0.
    pub(crate) in_queue: Cell<c_int>,
    pub(crate) timestamp: Cell<c_longlong>,
    /// The references in the lower half; who looks at it now in the upper one.
    pub(crate) refcnt: AtomicI64,
    pub(crate) work: Cell<Option<EventHandler>>,
    pub(crate) data: AtomicPtr<c_void>,
}

/// A bit of `state`: epoll knows the descriptor.
pub(crate) const IN_EPOLL: c_int = 0x20;
/// A bit of `state`: whoever handles it has closed the descriptor.
pub(crate) const CLOSED: c_int = 0x40;
/// A flag of `epoll_insert`: tell epoll in any case.
pub(crate) const NEW: c_int = 0x100;
/// A flag of `epoll_insert`, without effect.
pub(crate) const NO_HUP: c_int = 0x200;

/// Answers of a handler. Positive: these flags are waited for from now on.
pub(crate) const CONTINUE: c_int = 0;
pub(crate) const RERUN: c_int = -2;
pub(crate) const REMOVE: c_int = -3;
pub(crate) const DESTROY: c_int = -5;
/// This and below.
pub(crate) const ERROR: c_int = -8;
/// This and below.
pub(crate) const FATAL: c_int = -666;

/// Bits of a socket's mode.
pub(crate) mod mode {
    use core::ffi::c_int;

    pub(crate) const UDP: c_int = 1;
    pub(crate) const IPV6: c_int = 2;
    pub(crate) const IPV6_ONLY: c_int = 4;
    pub(crate) const REUSE: c_int = 16;
}
