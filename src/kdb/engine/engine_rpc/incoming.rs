// SPDX-License-Identifier: LGPL-2.0-or-later
//! Packets to the engine's port, each a job of the engine's, which finds out what came: a query (`queries`) or another operation.
//!
//! The payload of such a job is a [`QueryInfo`] at first, and a [`QueryWorkParams`] from when it runs on.

use core::{
    ffi::{c_double, c_int, c_uint, c_void},
    mem::MaybeUninit,
    ptr,
    sync::atomic::Ordering::Relaxed,
};

use super::{
    answers::{free_message, send_error, tl_aio_init_store},
    job::{
        ABORT, ALARM, COMPLETED, ERROR, FINISH, HAS_TIMER, Job, PARENT_RUN_WAKE_ERROR, RUN, SEND_RUN, TAG,
        allow,
    },
    operations::{__tl_query_act_custom, has_operations, new_header},
    queries::create_query_job,
    tl_aio_timeout,
};
use crate::{
    kdb::{
        common::precise_now_of_thread,
        rwm_clone, rwm_free,
        support::{c_text, die},
        tl_state::Reader,
        upcalls::{
            create_async_job, job_decref, job_incref, job_timer_active, job_timer_insert, job_timer_remove,
            rpc_target_delete_conn, rpc_target_insert_conn, schedule_job, tl_in_state_alloc,
            tl_in_state_free, tl_query_header_delete, tlf_init_raw_message, tlf_query_header,
        },
    },
    layout::{
        engine_rpc::QueryWorkParams,
        jobs::AsyncJob,
        net_connections::{ConnectionInfo, QueryInfo},
        net_msg::RawMessage,
        tl_parse::{TCP_RAW_MESSAGE, TlInState},
    },
    process_id::ProcessId,
    tl::RPC_INVOKE_REQ,
};

const RPC_PONG: c_int = 0x8430_eaa7_u32 as c_int;

/// Jobs of this subclass may overlap others.
const ANY_SUBCLASS: c_int = -2;
/// Takes a packet of a connection to the engine's port over, and starts the job that answers it. Returns 1.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn default_tl_tcp_rpcs_execute(
    c: *mut AsyncJob,
    op: c_int,
    raw: *mut RawMessage,
) -> c_int {
    let connection = ConnectionInfo::of(c);
    // SAFETY: the same promise; a reference to the connection is made, and handed over.
    unsafe {
        (*connection).last_response_time = precise_now_of_thread();
        let pid = ConnectionInfo::remote_pid(connection);
        let keep = if op == RPC_PONG { ptr::null_mut() } else { job_incref(c) };
        do_create_query_job(raw, TCP_RAW_MESSAGE as c_int, pid, keep.cast());
    }
    1
}

/// The connection is closed: no answer goes there any more. Returns 0.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn default_tl_close_conn(c: *mut AsyncJob, _who: c_int) -> c_int {
    // SAFETY: the same promise.
    unsafe { rpc_target_delete_conn(c) };
    0
}

/// Starts the job that answers a packet, which it takes over, as it does the reference to a connection. Returns 0.
///
/// # Safety
/// The module's promise; `conn` is null or a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn do_create_query_job(
    raw: *mut RawMessage,
    r#type: c_int,
    pid: *mut ProcessId,
    conn: *mut c_void,
) -> c_int {
    let signals = PARENT_RUN_WAKE_ERROR | allow(RUN) | allow(ABORT) | allow(ALARM) | allow(FINISH);
    let size = size_of::<QueryWorkParams>() as c_int;
    // SAFETY: the same promise; the payload has room for both structs.
    unsafe {
        let parent = ptr::null_mut();
        let job = create_async_job(run_incoming, signals, ANY_SUBCLASS, size, HAS_TIMER, TAG, parent);
        let info: *mut QueryInfo = Job(job).payload();
        (&raw mut (*info).raw).write(raw.read());
        (*info).src_type = r#type;
        (*info).src_pid = pid.read();
        (*info).conn = conn.cast();
        schedule_job(TAG, job);
    }
    0
}

/// The job of a packet.
///
/// # Safety
/// The module's promise; the payload is a [`QueryInfo`].
unsafe extern "C" fn run_incoming(job: *mut AsyncJob, op: c_int, _thread: *mut c_void) -> c_int {
    let info: *mut QueryInfo = Job(job).payload();
    // SAFETY: the same promise; the reference to the connection is given back.
    unsafe {
        let (mut fd, mut generation) = (0, 0);
        let connection = (*info).conn;
        if !connection.is_null() {
            rpc_target_insert_conn(connection);
            (fd, generation) = {
                let connection = ConnectionInfo::of(connection);
                ((*connection).fd, (*connection).generation)
            };
            (*info).conn = ptr::null_mut();
            job_decref(TAG, connection);
        }
        if op != RUN && job_timer_active(job) != 0 {
            die(c_text!("a query that did not run has a timer"));
        }
        match op {
            RUN => query_job_run(job, fd, generation),
            ALARM => Job(job).fail(libc::ETIMEDOUT),
            ABORT => Job(job).fail(libc::ECANCELED),
            FINISH => {
                free_message(&raw mut (*info).raw);
                Job(job).free()
            }
            _ => ERROR,
        }
    }
}

/// Finds out what a packet is, and makes its job one of a query or of another operation.
///
/// # Safety
/// The module's promise, in the job; its payload is a `QueryInfo`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn query_job_run(job: *mut AsyncJob, fd: c_int, generation: c_int) -> c_int {
    let info: *mut QueryInfo = Job(job).payload();
    // SAFETY: the same promise. The state takes the message over.
    unsafe {
        let input = tl_in_state_alloc();
        tlf_init_raw_message(input, &raw mut (*info).raw, (*info).raw.total_bytes, 0);
        let result = if Reader::new(input).look() == Some(RPC_INVOKE_REQ as u32) {
            take_query(job, input, fd, generation)
        } else if has_operations() {
            with_copy((*input).r#in.cast(), |raw| create_query_custom_job(job, raw, 0.0, fd, generation))
        } else {
            COMPLETED
        };
        tl_in_state_free(input);
        result
    }
}

/// # Safety
/// As for [`query_job_run`]; a query is in `input`.
unsafe fn take_query(job: *mut AsyncJob, input: *mut TlInState, fd: c_int, generation: c_int) -> c_int {
    let info: *mut QueryInfo = Job(job).payload();
    let header = new_header();
    // SAFETY: the same promise, and a header that is made here and given back.
    unsafe {
        tlf_query_header(input, header);
        let result = if (*input).error.is_null() {
            let timeout = f64::from_bits(tl_aio_timeout.load(Relaxed));
            let (pid, kind) = (&raw mut (*info).src_pid, (*info).src_type as c_uint);
            with_copy((*input).r#in.cast(), |raw| {
                create_query_job(job, raw, header, timeout, pid, kind, fd, generation)
            })
        } else {
            let out = tl_aio_init_store((*info).src_type as c_uint, &raw mut (*info).src_pid, (*header).qid);
            if !out.is_null() {
                send_error(out, (*input).errnum, (*input).error);
            }
            COMPLETED
        };
        tl_query_header_delete(header);
        result
    }
}

/// Calls a function with a copy of a message, which it may keep no part of.
///
/// # Safety
/// It is a message.
unsafe fn with_copy(message: *mut RawMessage, use_it: impl FnOnce(*mut RawMessage) -> c_int) -> c_int {
    let mut copy = MaybeUninit::<RawMessage>::uninit();
    // SAFETY: the same promise; a place for a message.
    unsafe {
        rwm_clone(copy.as_mut_ptr(), message);
        let result = use_it(copy.as_mut_ptr());
        rwm_free(copy.as_mut_ptr());
        result
    }
}

// ---- other operations ----

/// Makes a job that of a packet which is no query, which is copied. Returns what runs it.
///
/// # Safety
/// The module's promise, in the job; its payload is a `QueryInfo`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_query_custom_job(
    job: *mut AsyncJob,
    raw: *mut RawMessage,
    timeout: c_double,
    fd: c_int,
    generation: c_int,
) -> c_int {
    let info: *mut QueryInfo = Job(job).payload();
    let work: *mut QueryWorkParams = Job(job).payload();
    // SAFETY: the same promise; zeros are a value of the struct, which has room in the payload.
    unsafe {
        Job(job).go_on_with(run_operation);
        let (pid, kind) = ((*info).src_pid, (*info).src_type);
        ptr::write_bytes(work, 0, 1);
        (*work).pid = pid;
        (*work).r#type = kind as c_uint;
        (*work).fd = fd;
        (*work).generation = generation;
        if timeout > 0.0 {
            job_timer_insert(job, precise_now_of_thread() + timeout);
        }
        rwm_clone(&raw mut (*work).src, raw);
    }
    SEND_RUN
}

/// The job of a packet that is no query.
///
/// # Safety
/// The module's promise; the payload is a [`QueryWorkParams`].
unsafe extern "C" fn run_operation(job: *mut AsyncJob, op: c_int, _thread: *mut c_void) -> c_int {
    let work: *mut QueryWorkParams = Job(job).payload();
    // SAFETY: the same promise. The state takes the message over.
    unsafe {
        match op {
            RUN => {
                let input = tl_in_state_alloc();
                tlf_init_raw_message(input, &raw mut (*work).src, (*work).src.total_bytes, 0);
                __tl_query_act_custom(input, work);
                tl_in_state_free(input);
                job_timer_remove(job);
                COMPLETED
            }
            ABORT => {
                job_timer_remove(job);
                Job(job).fail(libc::ECANCELED)
            }
            ALARM => Job(job).fail(libc::ETIMEDOUT),
            FINISH => {
                free_message(&raw mut (*work).src);
                Job(job).free()
            }
            _ => ERROR,
        }
    }
}
