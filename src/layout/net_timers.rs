// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-timers.h`.

use core::{
    ffi::{c_int, c_void},
    sync::atomic::{AtomicI32, AtomicI64, AtomicPtr},
};

use super::atomic_f64::AtomicF64;

/// A timer: the first member of each timer job's payload. Its thread alone writes its place and its time; other threads read
/// them.
#[repr(C)]
pub struct EventTimer {
    /// Its place in the heap, from 1 on, or 0.
    pub(crate) h_idx: AtomicI32,
    /// Of a job's timer, the lowest 8 bits are the number of its thread, or 0.
    pub(crate) flags: AtomicI32,
    /// A [`Wakeup`], called when it is due; the result is ignored.
    pub(crate) wakeup: AtomicPtr<c_void>,
    /// When it is due, in seconds of `CLOCK_MONOTONIC`.
    pub(crate) wakeup_time: AtomicF64,
    /// When it shall be due, which other threads set.
    pub(crate) real_wakeup_time: AtomicF64,
}

/// What a timer calls.
pub type Wakeup = unsafe extern "C" fn(*mut EventTimer) -> c_int;

/// What one thread's timers have done. Its thread writes it, others read it.
#[repr(C)]
pub struct TimerStats {
    pub(crate) event_timer_insert_ops: AtomicI64,
    pub(crate) event_timer_remove_ops: AtomicI64,
    pub(crate) event_timer_alarms: AtomicI64,
    pub(crate) total_timers: AtomicI32,
}

impl TimerStats {
    pub(crate) const fn new() -> Self {
        Self {
            event_timer_insert_ops: AtomicI64::new(0),
            event_timer_remove_ops: AtomicI64::new(0),
            event_timer_alarms: AtomicI64::new(0),
            total_timers: AtomicI32::new(0),
        }
    }
}
