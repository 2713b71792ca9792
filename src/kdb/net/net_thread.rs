// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-thread`: what happens to connections, handed to the engine's thread, which calls the functions of their
//! protocol in the order of the events.

use core::{
    ffi::{c_int, c_void},
    ptr,
    sync::atomic::{
        AtomicPtr,
        Ordering::{Acquire, Release},
    },
};

pub use crate::layout::net_thread::NotificationEvent;
use crate::{
    kdb::{
        alloc_mp_queue_w, mpq_pop_nw, mpq_push_w,
        support::{c_text, die},
        upcalls::{create_async_job, fail_connection, job_decref, job_incref, job_signal, unlock_job},
    },
    layout::{
        jobs::AsyncJob, net_connections::ConnectionInfo, net_tcp_rpc_client::TcpRpcClientFunctions,
        net_thread::NotificationEventJobExtra,
    },
    sys::memory,
};

/// What happened to a connection.
const READY: c_int = 1;
const CLOSE: c_int = 2;
const ALARM: c_int = 3;
const WAKEUP: c_int = 4;

/// The error of a connection whose protocol refuses it when it is ready.
const NOT_READY: c_int = -8;

// Signals of jobs, the engine's class of threads, and a result.
const RUN: c_int = 0;
const FINISH: c_int = 7;
const CLASS_ENGINE: u64 = 8;
const JOB_ERROR: c_int = -1;
/// What the legacy macros put in front of a job that is handed over.
const TAG: c_int = 1;
/// How often a pop looks.
const TRIES: c_int = 4;

/// The signal is allowed, in the engine's thread.
const fn allow(signal: c_int) -> u64 {
    CLASS_ENGINE << (signal * 4 + 32) | 0x100_0000 << signal
}

/// The job that handles events, with a reference; null until it is made.
static NOTIFIER: AtomicPtr<AsyncJob> = AtomicPtr::new(ptr::null_mut());

fn extra(job: *mut AsyncJob) -> *mut NotificationEventJobExtra {
    AsyncJob::payload(job).cast()
}

/// Calls the function of the connection's protocol, and gives up the reference and the event. An event of no kind ends the
/// process.
///
/// # Safety
/// `ev` is from `malloc`, and `who` a reference to a connection that speaks RPC, which the function takes over. The
/// functions of its protocol may be called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn run_notification_event(ev: *mut NotificationEvent) {
    // SAFETY: as the caller promises.
    unsafe {
        let NotificationEvent { r#type: kind, who: connection } = ptr::read(ev);
        memory::free(ptr::NonNull::new_unchecked(ev.cast()));
        let functions = || {
            let functions: *const TcpRpcClientFunctions = (*ConnectionInfo::of(connection)).extra.cast();
            &*functions
        };
        let call = |function: Option<unsafe extern "C" fn(*mut AsyncJob) -> c_int>| match function {
            Some(function) => function(connection),
            None => die(c_text!("net-thread: the connection's protocol has no function for its event")),
        };
        match kind {
            READY => {
                if functions().rpc_ready.is_some() && call(functions().rpc_ready) < 0 {
                    fail_connection(connection, NOT_READY);
                }
            }
            CLOSE => match functions().rpc_close {
                Some(close) => {
                    close(connection, 0);
                }
                None => {
                    call(None);
                }
            },
            ALARM => {
                call(functions().rpc_alarm);
            }
            WAKEUP => {
                call(functions().rpc_wakeup);
            }
            _ => die(c_text!("net-thread: an event of no known kind")),
        }
        job_decref(TAG, connection);
    }
}

/// The job's function: handles the events that wait. Any other signal than `JS_RUN` is an error.
///
/// # Safety
/// `job` is the job of [`notification_event_job_create`], which the calling thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn notification_event_run(job: *mut AsyncJob, op: c_int, JT: *mut c_void) -> c_int {
    let _ = JT;
    if op != RUN {
        return JOB_ERROR;
    }
    loop {
        // SAFETY: the job's own queue, into which `insert` alone pushes.
        unsafe {
            let event = mpq_pop_nw((*extra(job)).queue.cast(), TRIES);
            if event.is_null() {
                return 0;
            }
            run_notification_event(event.cast());
        }
    }
}

/// Makes the job that handles events. The engine calls it before there are connections.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn notification_event_job_create() {
    let signals = allow(RUN) | allow(FINISH);
    let payload = size_of::<NotificationEventJobExtra>() as c_int;
    // SAFETY: the function fits the job, whose payload has room; the second reference goes with the lock.
    unsafe {
        let job = create_async_job(notification_event_run, signals, 0, payload, 0, TAG, ptr::null_mut());
        (*extra(job)).queue = alloc_mp_queue_w().cast();
        NOTIFIER.store(job, Release);
        unlock_job(TAG, job_incref(job));
    }
}

/// An event of this kind happened to a connection. Before [`notification_event_job_create`] it ends the process, and so
/// does an event for which there is no memory.
///
/// # Safety
/// `C` is a connection that speaks RPC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn notification_event_insert_conn(C: *mut AsyncJob, r#type: c_int) {
    let job = NOTIFIER.load(Acquire);
    if job.is_null() {
        die(c_text!("net-thread: an event before there is a job that handles it"));
    }
    // SAFETY: a live connection; the job lives for ever, and takes the event with the reference.
    unsafe {
        let Some(event) = memory::object(NotificationEvent { r#type, who: job_incref(C) }) else {
            die(c_text!("net-thread: out of memory"))
        };
        mpq_push_w((*extra(job)).queue.cast(), event.as_ptr().cast(), 0);
        job_signal(TAG, job_incref(job), RUN);
    }
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident: $kind:ident),+ $(,)?) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        /// As for [`notification_event_insert_conn`].
        #[inline(never)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(C: *mut AsyncJob) {
            // SAFETY: the same promise.
            unsafe { notification_event_insert_conn(C, $kind) }
        }
    )+};
}

events! {
    /// The connection is closed.
    notification_event_insert_tcp_conn_close: CLOSE,
    /// The connection is ready.
    notification_event_insert_tcp_conn_ready: READY,
    /// The connection's timer fired.
    notification_event_insert_tcp_conn_alarm: ALARM,
    /// The connection was woken.
    notification_event_insert_tcp_conn_wakeup: WAKEUP,
}
