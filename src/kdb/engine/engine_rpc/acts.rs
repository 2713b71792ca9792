// SPDX-License-Identifier: LGPL-2.0-or-later
//! What a query asks for: it is read, and a job of its own runs what the engine or its host has for it.

use core::{
    ffi::{c_char, c_int, c_longlong, c_void},
    ptr,
    sync::atomic::Ordering::Relaxed,
};

use super::{
    GetOp, QUERIES, get_op_function,
    job::{ABORT, COMPLETED, ERROR, FINISH, Job, PARENT_RUN_WAKE_ERROR, RUN, TAG, allow},
    need_dup, parse_function, tl_default_act_dup, tl_default_act_free,
};
use crate::{
    cpu,
    kdb::{
        engine::engine_rpc_common::tl_default_parse_function,
        rwm_clone, rwm_free,
        support::{c_text, die},
        tl_state::Reader,
        upcalls::{
            create_async_job, job_decref, job_incref, tl_out_state_alloc, tl_out_state_free,
            tlf_set_error_format, tls_init_raw_msg_nosend, tls_set_error_format,
        },
    },
    layout::{
        engine_rpc::{QueryWorkParams, TlActExtra},
        jobs::AsyncJob,
        net_msg::RawMessage,
        tl_parse::{TlInState, TlOutState},
    },
};

// Errors of answers.
const UNKNOWN_FUNCTION: c_int = -2000;
const MAX_RETRIES: c_int = -3007;
const BAD_METAFILE: c_int = -3009;
pub(super) const UNKNOWN: c_int = -4000;

/// How often a query may wait for other jobs.
const ATTEMPTS: c_int = 5;
/// Reads a query, and makes the job that runs it; null where it cannot be read, and the error is noted.
///
/// # Safety
/// The module's promise, in the job of the query.
pub(super) unsafe fn start_act(job: *mut AsyncJob, input: *mut TlInState) -> *mut AsyncJob {
    let work: *mut QueryWorkParams = Job(job).payload();
    // SAFETY: the same promise; the host's functions are for this; a reference to the parent is made, and handed over.
    unsafe {
        let op = kind_of(input);
        let actor = (*(*work).h).actor_id;
        let act = parse_act(input, actor);
        if act.is_null() {
            (*work).error = libc::strdup((*input).error);
            (*work).error_code = (*input).errnum;
            return ptr::null_mut();
        }
        (*act).free.get_or_insert(tl_default_act_free);
        let dup = *(*act).dup.get_or_insert(tl_default_act_dup);
        (*act).op = op;
        if (*act).act.is_none() {
            die(c_text!("a query that was read, and that nothing answers"));
        }
        (*act).error = &raw mut (*work).error;
        (*act).error_code = &raw mut (*work).error_code;
        (*act).raw = &raw mut (*work).result;
        (*act).extra_ref = ptr::null_mut();
        let act = if need_dup(act) != 0 { dup(act) } else { act };
        let signals = PARENT_RUN_WAKE_ERROR | allow(RUN) | allow(ABORT) | allow(FINISH);
        let size = size_of::<*mut TlActExtra>() as c_int;
        let child = create_async_job(run_act, signals, (*act).subclass, size, 0, TAG, job_incref(job));
        Job(child).payload::<*mut TlActExtra>().write(act);
        QUERIES.fetch_add(1, Relaxed);
        child
    }
}

/// The kind of a query, as the host tells it; 0 where it does not.
///
/// # Safety
/// The module's promise.
unsafe fn kind_of(input: *mut TlInState) -> c_int {
    // SAFETY: the same promise; the host's function is for this.
    get_op_function().map_or(0, |get_op: GetOp| unsafe { get_op(input) })
}

/// Reads a query of the engine's, else one of the host's. Null, with an error, for any other.
///
/// # Safety
/// The module's promise.
unsafe fn parse_act(input: *mut TlInState, actor: c_longlong) -> *mut TlActExtra {
    // SAFETY: the same promise; a format that asks for a number.
    unsafe {
        let mut act = tl_default_parse_function(input, actor);
        if act.is_null() && !(*input).error.is_null() {
            return act;
        }
        if let (true, Some(parse)) = (act.is_null(), parse_function()) {
            act = parse(input, actor);
        }
        if act.is_null() {
            let op = Reader::new(input).look().unwrap_or(!0);
            tlf_set_error_format(input, UNKNOWN_FUNCTION, c_text!("Unknown op 0x%08x").as_ptr(), op);
        }
        act
    }
}

/// The job that runs a query.
///
/// # Safety
/// The module's promise; the payload is the query that was read.
unsafe extern "C" fn run_act(job: *mut AsyncJob, op: c_int, _thread: *mut c_void) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        if op != FINISH && Job(job).parent_aborted() {
            return Job(job).fail(libc::ECANCELED);
        }
        let act = Job(job).payload::<*mut TlActExtra>().read();
        match op {
            RUN if (*act).raw.is_null() => {
                release(act);
                COMPLETED
            }
            RUN => act_once(job, act),
            ABORT => {
                if !Job(job).failed() {
                    Job(job).fail(libc::ECANCELED);
                    note_error(act, UNKNOWN, c_text!("Job cancelled").as_ptr());
                }
                release(act);
                COMPLETED
            }
            FINISH => {
                QUERIES.fetch_sub(1, Relaxed);
                release(act);
                if let Some(free) = (*act).free {
                    free(act);
                }
                Job(job).free()
            }
            _ => ERROR,
        }
    }
}

/// Gives back what the query refers to.
///
/// # Safety
/// The module's promise.
unsafe fn release(act: *mut TlActExtra) {
    // SAFETY: the same promise; the reference goes.
    unsafe {
        let kept: *mut AsyncJob = (*act).extra_ref.cast();
        if !kept.is_null() {
            (*act).extra_ref = ptr::null_mut();
            job_decref(TAG, kept);
        }
    }
}

/// Notes an error for the answer, unless there is an answer.
///
/// # Safety
/// The module's promise; the query's job lives; a C string.
unsafe fn note_error(act: *mut TlActExtra, number: c_int, text: *const c_char) {
    // SAFETY: the same promise.
    unsafe {
        if !(*act).raw.is_null() {
            *(*act).error = libc::strdup(text);
            *(*act).error_code = number;
            (*act).raw = ptr::null_mut();
        }
    }
}

/// Runs the query. It may want to be run again, after jobs that it waits for.
///
/// # Safety
/// The module's promise; the query's job lives.
unsafe fn act_once(job: *mut AsyncJob, act: *mut TlActExtra) -> c_int {
    // SAFETY: the same promise; the host's function is for this.
    unsafe {
        let out = tl_out_state_alloc();
        tls_init_raw_msg_nosend(out);
        (*act).tlio_out = out;
        let start = cpu::cycle_counter().unwrap_or(0);
        let result = (*act).act.map_or(-1, |function| function(job.cast(), act));
        (*act).tlio_out = ptr::null_mut();
        let ticks = cpu::cycle_counter().unwrap_or(0).wrapping_sub(start);
        (*act).cpu_rdtsc = (*act).cpu_rdtsc.wrapping_add(ticks);

        let good = (*out).error.is_null();
        if result >= 0 && good {
            keep_answer(act, out);
            return COMPLETED;
        }
        if result == -2 && (*act).attempt < ATTEMPTS && good && Job(job).children() > 0 {
            tl_out_state_free(out);
            (*act).attempt += 1;
            return 0;
        }
        if good {
            let (number, text) = match result {
                -2 if (*act).attempt >= ATTEMPTS => {
                    (MAX_RETRIES, c_text!("Maximum number of retries exceeded"))
                }
                -2 => (BAD_METAFILE, c_text!("Error loading metafile")),
                _ => (UNKNOWN, c_text!("Unknown error")),
            };
            tls_set_error_format(out, number, c_text!("%s").as_ptr(), text.as_ptr());
        }
        note_error(act, (*out).errnum, (*out).error);
        release(act);
        tl_out_state_free(out);
        Job(job).fail(libc::EIO)
    }
}

/// Keeps what was written for the answer, and gives the place back.
///
/// # Safety
/// The module's promise; the query's job lives, and waits for an answer.
unsafe fn keep_answer(act: *mut TlActExtra, out: *mut TlOutState) {
    // SAFETY: the same promise; a message from C's allocator, which the query's job frees.
    unsafe {
        let message: *mut RawMessage = libc::malloc(size_of::<RawMessage>()).cast();
        if message.is_null() {
            die(c_text!("engine-rpc: no memory for an answer"));
        }
        rwm_clone(message, (*out).out.cast());
        tl_out_state_free(out);
        if (*act).raw.is_null() {
            rwm_free(message);
            libc::free(message.cast());
        } else {
            *(*act).raw = message;
            (*act).raw = ptr::null_mut();
        }
        release(act);
    }
}
