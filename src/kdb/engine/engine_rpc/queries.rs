// SPDX-License-Identifier: LGPL-2.0-or-later
//! The job of a query: it has the query run by another job, and answers within a time.

use core::{
    ffi::{c_char, c_double, c_int, c_uint, c_void},
    ptr,
};

use super::{
    acts::{UNKNOWN, start_act},
    answers::{Out, free_message, send, send_error, tl_aio_init_store},
    job::{ABORT, ALARM, COMPLETED, ERROR, FINISH, Job, RUN, SEND_ABORT, SEND_RUN, TAG},
    tl_result_get_header_len, tl_result_make_header,
};
use crate::{
    cpu,
    kdb::{
        common::precise_now_of_thread,
        rwm_clone, rwm_free,
        support::c_text,
        upcalls::{
            connection_get_by_fd, job_decref, job_timer_check, job_timer_insert, job_timer_remove,
            schedule_job, tl_in_state_alloc, tl_in_state_free, tl_out_state_alloc, tl_query_header_delete,
            tl_query_header_dup, tlf_init_raw_message, tls_init_tcp_raw_msg,
        },
    },
    layout::{
        engine_rpc::QueryWorkParams,
        jobs::AsyncJob,
        net_connections::ConnectionInfo,
        net_msg::RawMessage,
        tl_parse::{RAW_MESSAGE, TlOutState, TlQueryHeader},
    },
    process_id::ProcessId,
};

/// The error of an answer that took too long.
const TIMEOUT: c_int = -3005;
/// Makes a job that of a query, whose message and header are copied. Returns what runs it.
///
/// # Safety
/// The module's promise, in the job.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "the legacy function's")]
pub unsafe extern "C" fn create_query_job(
    job: *mut AsyncJob,
    raw: *mut RawMessage,
    h: *mut TlQueryHeader,
    timeout: c_double,
    remote_pid: *mut ProcessId,
    out_type: c_uint,
    fd: c_int,
    generation: c_int,
) -> c_int {
    let work: *mut QueryWorkParams = Job(job).payload();
    // SAFETY: the same promise; zeros are a value of the struct, which has room in the payload. The identity may lie there.
    unsafe {
        Job(job).go_on_with(run_query);
        let pid = remote_pid.read();
        ptr::write_bytes(work, 0, 1);
        (*work).h = tl_query_header_dup(h);
        (*work).start_rdtsc = cpu::cycle_counter().unwrap_or(0);
        (*work).fd = fd;
        (*work).generation = generation;
        (*work).pid = pid;
        (*work).r#type = out_type;
        job_timer_insert(job, precise_now_of_thread() + timeout);
        rwm_clone(&raw mut (*work).src, raw);
    }
    SEND_RUN
}

/// The job of a query, until the query was read: it starts the job that runs it.
///
/// # Safety
/// The module's promise; the payload is a [`QueryWorkParams`].
unsafe extern "C" fn run_query(job: *mut AsyncJob, op: c_int, thread: *mut c_void) -> c_int {
    let work: *mut QueryWorkParams = Job(job).payload();
    // SAFETY: the same promise. The state takes the message over.
    unsafe {
        if op != RUN {
            return answer_query(job, op, thread);
        }
        Job(job).go_on_with(answer_query);
        let input = tl_in_state_alloc();
        tlf_init_raw_message(input, &raw mut (*work).src, (*work).src.total_bytes, 0);
        let child = start_act(job, input);
        tl_in_state_free(input);
        if child.is_null() {
            return SEND_ABORT;
        }
        schedule_job(TAG, child);
    }
    0
}

/// The job of a query from when it was read on: it answers it once.
///
/// # Safety
/// The module's promise; the payload is a [`QueryWorkParams`].
unsafe extern "C" fn answer_query(job: *mut AsyncJob, op: c_int, _thread: *mut c_void) -> c_int {
    let work: *mut QueryWorkParams = Job(job).payload();
    // SAFETY: the same promise.
    unsafe {
        match op {
            RUN => {
                if (*work).result.is_null() && (*work).error.is_null() {
                    (*work).error = libc::strdup(c_text!("Unknown error").as_ptr());
                    (*work).error_code = UNKNOWN;
                }
                answer(work, connection_of(work), None);
                (*work).answer_sent += 1;
                job_timer_remove(job);
                COMPLETED
            }
            ALARM => {
                if job_timer_check(job) == 0 {
                    return 0;
                }
                answer(work, ptr::null_mut(), Some((TIMEOUT, c_text!("Aio wait error").as_ptr())));
                Job(job).fail(libc::ETIMEDOUT)
            }
            ABORT => {
                answer(work, ptr::null_mut(), Some((UNKNOWN, c_text!("Cancelled").as_ptr())));
                job_timer_remove(job);
                COMPLETED
            }
            FINISH => {
                libc::free((*work).error.cast());
                if !(*work).result.is_null() {
                    rwm_free((*work).result);
                    libc::free((*work).result.cast());
                }
                free_message(&raw mut (*work).src);
                tl_query_header_delete((*work).h);
                Job(job).free()
            }
            _ => ERROR,
        }
    }
}

/// A place for the answer by the connection that the query came from, where that is told by its descriptor; else null.
///
/// # Safety
/// The module's promise.
unsafe fn connection_of(work: *mut QueryWorkParams) -> *mut TlOutState {
    // SAFETY: the same promise; the reference goes, or is handed over.
    unsafe {
        if (*work).fd == 0 || (*work).r#type != RAW_MESSAGE || (*work).answer_sent != 0 {
            return ptr::null_mut();
        }
        let connection = connection_get_by_fd((*work).fd);
        if connection.is_null() {
            return ptr::null_mut();
        }
        if (*ConnectionInfo::of(connection)).generation != (*work).generation {
            job_decref(TAG, connection);
            return ptr::null_mut();
        }
        let out = tl_out_state_alloc();
        tls_init_tcp_raw_msg(out, TAG, connection, (*(*work).h).qid);
        out
    }
}

/// Answers, unless that was done, or nobody is there: with the error that was noted; else with `otherwise`, or the answer.
///
/// # Safety
/// The module's promise; `out` is null, or a live state, which is given back.
unsafe fn answer(
    work: *mut QueryWorkParams,
    out: *mut TlOutState,
    otherwise: Option<(c_int, *const c_char)>,
) {
    // SAFETY: the same promise; the answer's memory is C's.
    unsafe {
        if (*work).answer_sent != 0 {
            return;
        }
        let out = if out.is_null() {
            tl_aio_init_store((*work).r#type, &raw mut (*work).pid, (*(*work).h).qid)
        } else {
            out
        };
        if out.is_null() {
            return;
        }
        if (*work).error_code != 0 {
            send_error(out, (*work).error_code, (*work).error);
            libc::free((*work).error.cast());
            (*work).error = ptr::null_mut();
        } else if let Some((number, text)) = otherwise {
            send_error(out, number, text);
        } else if (*work).result.is_null() {
            // An error whose number is 0.
            send_error(out, UNKNOWN, (*work).error);
        } else {
            let place = Out(out).place(tl_result_get_header_len((*work).h));
            tl_result_make_header(place.cast(), (*work).h);
            Out(out).message((*work).result);
            libc::free((*work).result.cast());
            (*work).result = ptr::null_mut();
            send(out);
        }
        if otherwise.is_some() {
            (*work).answer_sent += 1;
        }
    }
}
