// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-timers`. All functions work on the calling thread's timers.

use core::{cell::Cell, ffi::c_int};

pub use crate::layout::net_timers::{EventTimer, TimerStats};
use crate::{
    kdb::{
        common::precise_now_of_thread,
        module_stats::module_stats,
        statics::exported_thread_local,
        support::{c_text, die, kprintf, vkprintf},
    },
    layout::common_stats::StatsBuffer,
    net::wait_msec,
    runtime::timers::{Refused, ThreadTimers, WITHOUT_TIMERS},
    sync::thread_local_address,
};

// Per thread: how many timers there are.
exported_thread_local!("et_heap_size", "4");

module_stats! {
    "timers", TimerStats,
    list: jobs_module_list_stat_timers,
    own: "jobs_module_stat_timers",
    prefix: jobs_module_state_prefix_timers,
    thread_init: jobs_module_thread_init_timers,
    callback: timers_thread_callback,
    register: jobs_module_register_timers,
}

fn own_timers() -> ThreadTimers<'static> {
    let size: *const Cell<c_int> = thread_local_address!("et_heap_size").cast();
    // SAFETY: the thread's own variable; what is made of it is used by this thread, and not kept.
    ThreadTimers { size: unsafe { &*size }, stats: MODULE.own() }
}

#[cold]
#[inline(never)]
fn refuse(refused: Refused) -> c_int {
    match refused {
        Refused::NotANumber => {
            let text = c_text!("insert_event_timer: the time of a timer is not a number: it is not set\n");
            // SAFETY: a C string that asks for no argument.
            unsafe { kprintf(text.as_ptr()) };
            0
        }
        Refused::Elsewhere => {
            die(c_text!("a timer that is not in the heap of this thread, where it says it is"))
        }
        Refused::Full => die(c_text!("insert_event_timer: a thread has more than 524288 timers")),
        Refused::NoMemory => die(c_text!("insert_event_timer: out of memory")),
    }
}

/// Adds a timer, or moves it to its new time. Returns its place in the heap, from 1 on, which is in the timer too.
///
/// A timer whose time is not a number is taken out, and the result is 0. A timer that is not where it says it is, and one
/// too many, end the process.
///
/// # Safety
/// `et` is *writable*, by this thread only, until it is removed or fires; and so for each timer of this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn insert_event_timer(et: *mut EventTimer) -> c_int {
    // SAFETY: the same promise.
    unsafe { own_timers().insert(et) }.unwrap_or_else(refuse)
}

/// Takes a timer out. Returns 1, or 0 if it is in no heap. A timer that is not where it says it is ends the process.
///
/// # Safety
/// As for [`insert_event_timer`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn remove_event_timer(et: *mut EventTimer) -> c_int {
    // SAFETY: the same promise.
    unsafe { own_timers().remove(et) }.map_or_else(refuse, c_int::from)
}

/// Takes out each timer that is due at `precise_now`, in order, and calls it. Returns the milliseconds until the next is
/// due, at least 1 and at most `INT_MAX`; 100000 if there is none.
///
/// # Safety
/// The functions of this thread's timers may be called. They may insert, move and remove timers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn thread_run_timers() -> c_int {
    // SAFETY: the same promise.
    let Some(next) = (unsafe { own_timers().run(precise_now_of_thread) }) else { return WITHOUT_TIMERS };
    let now = precise_now_of_thread();
    let count = own_timers().size.get();
    vkprintf!(3, c_text!("%d event timers, next in %.3f seconds\n"), count, next - now);
    // Never 0, with which the host would ask again at once: not even where `precise_now` is not a number.
    wait_msec(next, now).max(1)
}

/// When the first timer is due, in seconds; 0 if there is none.
///
/// # Safety
/// The thread's count of timers is as this object left it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timers_get_first() -> f64 {
    // SAFETY: the same promise.
    unsafe { own_timers().first() }.unwrap_or(0.0)
}

/// Adds what all threads' timers have done. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timers_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer.
    unsafe { MODULE.page(sb) }
        .long(c_text!("event_timer_insert_ops"), |stats| &stats.event_timer_insert_ops)
        .long(c_text!("event_timer_remove_ops"), |stats| &stats.event_timer_remove_ops)
        .long(c_text!("event_timer_alarms"), |stats| &stats.event_timer_alarms)
        .int(c_text!("total_timers"), |stats| &stats.total_timers)
        .end()
}
