// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-connections`: connections, their sockets, listeners, and the targets that connections are made to.
//!
//! A connection is two jobs: its own, in whose thread it parses and encrypts, and its socket's, which reads and writes; what
//! comes next in their lives is in [`crate::net::connection`]. References: a connection's job is held by its socket's job, by
//! its target, and by whoever asks; a socket's job by its connection and by its descriptor's slot of the event loop.
//!
//! One promise stands behind the unsafe functions here: a job is of the kind that the function's name says, alive, and its type's
//! functions may be called with it. Where a function belongs to a job, the calling thread runs that job or has locked it.

mod connections;
mod handles;
mod holders;
mod later;
mod listeners;
mod nat;
mod receive;
mod socket_jobs;
mod statistics;
mod target_table;
mod targets;
mod types;

use core::{
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    ptr,
    sync::atomic::{
        AtomicI32,
        Ordering::{AcqRel, Relaxed},
    },
};

pub use connections::*;
pub use handles::*;
pub(in crate::kdb) use holders::count_shed;
pub(super) use holders::note_input;
pub use later::*;
pub use listeners::*;
pub use nat::*;
pub use receive::*;
pub use socket_jobs::*;
pub use statistics::*;
pub use target_table::*;
pub use targets::*;
pub use types::*;

use super::{show_ip, show_ipv6};
use crate::{
    kdb::{
        support::{c_text, die},
        upcalls::{JobFunction, create_async_job, job_incref, job_signal},
    },
    layout::{
        jobs::{AsyncJob, JobThread},
        net_connections::Act,
    },
    sync::thread_local_address,
};

// Signals, classes of threads, results and kinds of jobs.
const RUN: c_int = 0;
const AUX: c_int = 1;
const ALARM: c_int = 4;
const ABORT: c_int = 5;
const FINISH: c_int = 7;
const CLASS_MAIN: u64 = 3;
const CLASS_CONNECTION: u64 = 4;
const CLASS_SOCKET: u64 = 5;
const COMPLETED: c_int = 0x100;
const JOB_ERROR: c_int = -1;
const WITH_TIMER: u64 = 1;
const ANY_SUBCLASS: c_int = -2;
/// What the legacy macros put in front of a job that is handed over.
const TAG: c_int = 1;
/// How often a pop looks.
const TRIES: c_int = 4;

/// The signal is allowed, in threads of the class.
const fn allow(class: u64, signal: c_int) -> u64 {
    class << (signal * 4 + 32) | 0x100_0000 << signal
}

/// A new job of this object's, locked and with one reference. Its payload is zeros, and the caller's alone.
#[inline(never)]
fn new_job(function: JobFunction, signals: u64, payload: usize) -> *mut AsyncJob {
    // SAFETY: the function is one of this object's, for a payload of that size; there is no parent.
    unsafe {
        create_async_job(function, signals, ANY_SUBCLASS, payload as c_int, WITH_TIMER, TAG, ptr::null_mut())
    }
}

/// Kinds of connections.
const NO_CONNECTION: c_int = 0;
const INBOUND: c_int = 2;
const OUTBOUND: c_int = 3;

/// How many special connections there are. The host reads it.
#[unsafe(no_mangle)]
pub static active_special_connections: AtomicI32 = AtomicI32::new(0);

/// How many special connections there are when no more are accepted. The host sets it.
#[unsafe(no_mangle)]
pub static max_special_connections: AtomicI32 = AtomicI32::new(MOST_CONNECTIONS);

const MOST_CONNECTIONS: c_int = 65536;

static GENERATION: AtomicI32 = AtomicI32::new(0);
static LIMIT: AtomicI32 = AtomicI32::new(MOST_CONNECTIONS);
static HIGHEST: AtomicI32 = AtomicI32::new(0);

/// Descriptors are below this.
fn limit_of_descriptors() -> c_int {
    LIMIT.load(Relaxed)
}

/// The highest descriptor that there was.
fn highest_descriptor() -> c_int {
    HIGHEST.load(Relaxed)
}

/// Whether the descriptor is below the limit; then it is noted.
fn note_descriptor(fd: c_int) -> bool {
    let fits = fd < limit_of_descriptors();
    if fits {
        HIGHEST.fetch_max(fd, Relaxed);
    }
    fits
}

/// Refuses connections whose descriptor is not below `maxconn`; and so many special ones, if that was more.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tcp_set_max_connections(maxconn: c_int) {
    LIMIT.store(maxconn, Relaxed);
    let special = max_special_connections.load(Relaxed);
    if special == 0 || special > maxconn {
        max_special_connections.store(maxconn, Relaxed);
    }
}

/// A number that no connection had.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn new_conn_generation() -> c_int {
    GENERATION.fetch_add(1, AcqRel)
}

/// The next such number.
#[unsafe(no_mangle)]
pub extern "C" fn get_cur_conn_generation() -> c_int {
    GENERATION.load(Relaxed)
}

macro_rules! unchecked {
    ($($name:ident),+ $(,)?) => {$(
        /// Checks nothing, as in the original.
        #[unsafe(no_mangle)]
        pub extern "C" fn $name() {}
    )+};
}

unchecked!(assert_main_thread, assert_net_cpu_thread, assert_net_net_thread);

/// Ends the process unless the calling thread runs jobs of the engine's class, or is main.
#[unsafe(no_mangle)]
pub extern "C" fn assert_engine_thread() {
    const ENGINE: c_int = 8;
    let place: *const *const JobThread = thread_local_address!("this_job_thread").cast();
    // SAFETY: the thread's own variable: null, or an element of the static table.
    let class = unsafe { (*place).as_ref() }.map_or(0, |thread| thread.thread_class.load(Relaxed));
    if class != ENGINE && class != CLASS_MAIN as c_int {
        die(c_text!("assert_engine_thread: another thread"));
    }
}

/// Sends a signal with a new reference.
///
/// # Safety
/// A live job.
#[inline(never)]
unsafe fn signal(job: *mut AsyncJob, signal: c_int) {
    // SAFETY: as the caller promises.
    unsafe { job_signal(TAG, job_incref(job), signal) }
}

/// Calls a function of a type.
///
/// # Safety
/// It may be called with the job.
#[inline]
unsafe fn act(function: Option<Act>, job: *mut AsyncJob) -> c_int {
    match function {
        // SAFETY: as the caller promises.
        Some(function) => unsafe { function(job) },
        None => no_function(),
    }
}

#[cold]
#[inline(never)]
fn no_function() -> ! {
    die(c_text!("a type of connections lacks a function: check_conn_functions completes it"))
}

/// Ends the process: somebody has lost track of a connection.
#[cold]
#[inline(never)]
fn lost(what: &CStr) -> ! {
    die(what)
}

/// The text of an address, for the log.
fn address_text(ip: c_uint, ipv6: *const [u8; 16]) -> *const c_char {
    if ip != 0 {
        show_ip(ip)
    } else {
        // SAFETY: a field of a live struct.
        unsafe { show_ipv6(ipv6) }
    }
}

/// Frees the messages that wait in a queue, and the queue.
///
/// # Safety
/// `queue` is a queue of messages, each in libc's memory, which nobody else uses.
#[inline(never)]
unsafe fn free_queue(queue: *mut c_void) {
    // SAFETY: as the caller promises.
    unsafe {
        loop {
            let message = crate::kdb::mpq_pop_nw(queue.cast(), TRIES);
            if message.is_null() {
                break;
            }
            crate::kdb::rwm_free(message.cast());
            libc::free(message);
        }
        crate::kdb::free_mp_queue(queue.cast());
    }
}
