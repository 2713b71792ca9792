// SPDX-License-Identifier: LGPL-2.0-or-later
//! The jobs of targets, which make connections and replace those that fail.

use core::{
    ffi::{c_char, c_int, c_void},
    ptr,
    sync::atomic::Ordering::{AcqRel, Acquire, Relaxed},
};

use super::{
    ALARM, COMPLETED, FINISH, JOB_ERROR, OUTBOUND, RUN, TAG, alloc_new_connection, fail_connection, lost,
    no_function,
    statistics::count,
    target_table::remove,
    types::{BUSY, FAILED, NOT_YET, READY, STOPPED},
};
use crate::{
    kdb::{
        common::{precise_now_of_thread, verbosity},
        jobs::{drand48_j, lrand48_j},
        net::net_rpc_targets::{Looked, members as trees, release},
        net::{client_socket, client_socket_ipv6, conv_addr, epoll_fd, show_ipv6},
        support::{c_text, kprintf},
        upcalls::{
            job_decref, job_free, job_incref, job_signal, job_timer_check, job_timer_insert,
            job_timer_remove, unlock_job,
        },
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{ConnectionInfo, ConnectionNode, IntCounter, TargetInfo},
        net_events::mode::IPV6,
    },
    net::connection::{
        UNUSED, flag, is_active,
        target::{Readiness, Reconnect, SOON},
    },
    runtime::{
        connection::{Tree, each},
        jobs::word::COMPLETED as IS_COMPLETED,
    },
    sys::errno,
};

/// How long a target waits for the event loop to be there.
const BEFORE_THE_LOOP: f64 = 0.01;

/// What a connection says when it is asked whether it is ready.
///
/// # Safety
/// A live connection.
unsafe fn ask(C: *mut AsyncJob) -> c_int {
    // SAFETY: the type's function.
    unsafe { super::act((*(*ConnectionInfo::of(C)).r#type).check_ready, C) }
}

/// The connections of a target, for the job that alone changes the tree.
///
/// # Safety
/// A target's job, which the calling thread runs.
unsafe fn members(target: *const TargetInfo) -> Tree {
    // SAFETY: the job's own field.
    unsafe { (*target).conn_tree.load(Relaxed) }
}

/// Gives a target another tree.
///
/// # Safety
/// As for [`members`]; the tree is given away.
unsafe fn replace(target: *mut TargetInfo, new: Tree) {
    // SAFETY: the target's reference to the old tree.
    unsafe {
        // AcqRel: who finds the new one finds what it holds.
        release((*target).conn_tree.swap(new, AcqRel).cast());
    }
}

/// Gives a tree of connections back that no new reader can find, once nobody is about to take a reference.
///
/// # Safety
/// `T` is null, or such a tree, and the reference is the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_connection_tree_ptr(T: *mut ConnectionNode) {
    // SAFETY: as the caller promises.
    unsafe { release(T.cast()) }
}

fn has_failed(C: *mut AsyncJob) -> bool {
    // SAFETY: an atomic of a connection that a list refers to.
    unsafe { (*ConnectionInfo::of(C)).flags.load(Acquire) & flag::ERROR != 0 }
}

/// Asks a target's connections, and counts those that are ready.
///
/// # Safety
/// As for [`members`].
#[inline(never)]
unsafe fn look(target: *mut TargetInfo) -> Readiness {
    let mut readiness = Readiness::default();
    // SAFETY: connections that the list refers to; the job's own fields.
    unsafe {
        each(members(target), &mut |job| {
            let kind = match ask(job) {
                NOT_YET | BUSY => &mut readiness.other,
                READY => &mut readiness.good,
                STOPPED => &mut readiness.stopped,
                FAILED => &mut readiness.bad,
                _ => lost(c_text!("check_ready: an answer that means nothing")),
            };
            *kind += 1;
            true
        });
        let before = (*target).ready_outbound_connections;
        (*target).ready_outbound_connections = readiness.good;
        count(IntCounter::ReadyOutbound, readiness.good - before);
        count(IntCounter::ReadyTargets, c_int::from(readiness.good != 0) - c_int::from(before != 0));
    }
    readiness
}

/// Computes when a target tries again.
///
/// # Safety
/// A target's job, which the calling thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn compute_next_reconnect(CT: *mut AsyncJob) {
    let target = TargetInfo::of(CT);
    // SAFETY: the job's own fields.
    unsafe {
        let has_active = (*target).active_outbound_connections.load(Relaxed) != 0;
        let first = (*target).reconnect_timeout.load();
        let next = state(target).after(precise_now_of_thread(), first, has_active, || drand48_j());
        ((*target).next_reconnect, (*target).next_reconnect_timeout) = (next.next, next.timeout);
    }
}

/// # Safety
/// A target's job, which the calling thread runs.
unsafe fn state(target: *const TargetInfo) -> Reconnect {
    // SAFETY: the job's own fields.
    unsafe { Reconnect { next: (*target).next_reconnect, timeout: (*target).next_reconnect_timeout } }
}

/// Forgets the connections of a target that failed.
///
/// # Safety
/// A target's job, which the calling thread runs.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn destroy_dead_target_connections(CTJ: *mut AsyncJob) {
    let target = TargetInfo::of(CTJ);
    // SAFETY: the job's own fields, and connections that the list refers to.
    unsafe {
        loop {
            let (old, mut dead) = (members(target), ptr::null_mut());
            each(old, &mut |job| {
                if has_failed(job) {
                    dead = job;
                }
                dead.is_null()
            });
            if dead.is_null() {
                break;
            }
            let active = is_active((*ConnectionInfo::of(dead)).flags.load(Acquire));
            // Without memory it stays until the next time.
            let Some(new) = trees().remove(old, dead) else { break };
            replace(target, new);
            (*target).active_outbound_connections.fetch_sub(active.into(), AcqRel);
            (*target).outbound_connections.fetch_sub(1, AcqRel);
        }
        look(target);
    }
}

/// Makes as many connections as a target needs, if it may try now. Returns how many were made.
///
/// # Safety
/// A target's job, which the main thread runs.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_new_connections(CTJ: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    unsafe { keep_up(CTJ).0 }
}

/// As [`create_new_connections`]; also tells when the target is to be looked at next.
///
/// # Safety
/// As for [`create_new_connections`].
unsafe fn keep_up(CTJ: *mut AsyncJob) -> (c_int, f64) {
    let target = TargetInfo::of(CTJ);
    // SAFETY: the job's own fields, and its main's thread.
    unsafe {
        destroy_dead_target_connections(CTJ);
        let readiness = look(target);
        let min = (*target).min_connections.load(Relaxed);
        let needed = readiness.needed(min, (*target).max_connections.load(Relaxed));
        let has_active = (*target).active_outbound_connections.load(Relaxed) != 0;
        let mut made = 0;
        if state(target).is_due(precise_now_of_thread(), has_active) {
            while (*target).outbound_connections.load(Relaxed) < needed && connect(CTJ) {
                made += 1;
            }
            compute_next_reconnect(CTJ);
        }
        let count = (*target).outbound_connections.load(Relaxed);
        (made, state(target).look(precise_now_of_thread(), readiness, count, needed))
    }
}

/// Makes one connection. False if that fails.
///
/// # Safety
/// As for [`create_new_connections`].
#[inline(never)]
unsafe fn connect(CTJ: *mut AsyncJob) -> bool {
    let target = TargetInfo::of(CTJ);
    // SAFETY: the job's own fields; main's thread.
    unsafe {
        let (address, port) = ((*target).target, (*target).port);
        let fd = if address != 0 {
            client_socket(address, port, 0)
        } else {
            client_socket_ipv6((&raw const (*target).target_ipv6).cast(), port, IPV6)
        };
        tell_attempt(target, fd);
        let (functions, extra) = ((*target).r#type, (*target).extra);
        let ipv6 = &raw const (*target).target_ipv6;
        let host_order = u32::from_be(address);
        // Of a descriptor that is none, it makes none.
        let C = alloc_new_connection(
            fd,
            CTJ,
            ptr::null_mut(),
            OUTBOUND,
            functions,
            extra,
            host_order,
            ipv6,
            port,
        );
        if C.is_null() {
            return false;
        }
        unlock_job(TAG, job_incref(C));
        // A reference goes into the tree; without memory it is given up.
        let added = trees().insert(members(target), job_incref(C), lrand48_j() as c_int);
        match added {
            Some(new) => replace(target, new),
            None => {
                (*target).outbound_connections.fetch_sub(1, AcqRel);
                fail_connection(C, UNUSED);
            }
        }
        job_decref(TAG, C);
        added.is_some()
    }
}

/// The text of a target's address, and whether it is of IPv6.
///
/// # Safety
/// A live target.
unsafe fn text_of(target: *const TargetInfo) -> (*const c_char, bool) {
    // SAFETY: fields that do not change.
    unsafe {
        match (*target).target {
            0 => (show_ipv6(&raw const (*target).target_ipv6), true),
            address => (conv_addr(address, ptr::null_mut()), false),
        }
    }
}

/// # Safety
/// A live target.
#[inline(never)]
unsafe fn tell_attempt(target: *const TargetInfo, fd: c_int) {
    if verbosity.load(Relaxed) < 1 {
        return;
    }
    // SAFETY: a live target, and formats that ask for what they are given.
    unsafe {
        let ((text, is_ipv6), port) = (text_of(target), (*target).port);
        let created = if is_ipv6 {
            c_text!("Created NEW ipv6 connection #%d to [%s]:%d\n")
        } else {
            c_text!("Created NEW connection #%d to %s:%d\n")
        };
        let cause = errno::get();
        kprintf(created.as_ptr(), fd, text, port);
        if fd < 0 {
            errno::set(cause);
            let failed = if is_ipv6 {
                c_text!("error connecting to [%s]:%d\n")
            } else {
                c_text!("error connecting to %s:%d: %m\n")
            };
            kprintf(failed.as_ptr(), text, port);
        }
    }
}

/// Fails the connections of a target that nobody uses; where it has none, its timer is disarmed. Returns 0.
///
/// # Safety
/// A target's job, which the calling thread runs.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clean_unused_target(CTJ: *mut AsyncJob) -> c_int {
    let target = TargetInfo::of(CTJ);
    // SAFETY: the job's own fields, and connections that the list refers to.
    unsafe {
        if (*target).r#type.is_null() {
            no_function();
        }
        if (*target).global_refcnt.load(Acquire) != 0 {
            return 0;
        }
        each(members(target), &mut |job| {
            fail_connection(job, UNUSED);
            true
        });
        if members(target).is_null() {
            job_timer_remove(CTJ);
        }
    }
    0
}

/// Gives a use of a target up, with a reference. Returns how many are left; a target that nobody uses closes its connections. More
/// than there were ends the process.
///
/// # Safety
/// A target's job, and a reference that [`super::create_target`] gave.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn destroy_target(_CTJ_tag_int: c_int, CTJ: *mut AsyncJob) -> c_int {
    // SAFETY: an atomic of a live target; the reference goes with the signal, or is given up.
    unsafe {
        let left = (*TargetInfo::of(CTJ)).global_refcnt.fetch_sub(1, AcqRel).wrapping_sub(1);
        if left < 0 {
            lost(c_text!("destroy_target: nobody uses the target"));
        }
        if left == 0 {
            count(IntCounter::ActiveTargets, -1);
            count(IntCounter::InactiveTargets, 1);
            job_signal(TAG, CTJ, RUN);
        } else {
            job_decref(TAG, CTJ);
        }
        left
    }
}

/// The job of a target.
///
/// # Safety
/// A target's job, which the main thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn do_conn_target_job(job: *mut AsyncJob, op: c_int, JT: *mut c_void) -> c_int {
    let _ = JT;
    let target = TargetInfo::of(job);
    // SAFETY: the job's own fields; main's thread.
    unsafe {
        match op {
            RUN | ALARM if epoll_fd.load(Relaxed) <= 0 => {
                job_timer_insert(job, precise_now_of_thread() + BEFORE_THE_LOOP);
                0
            }
            ALARM if job_timer_check(job) == 0 => 0,
            RUN | ALARM => {
                let mut next = precise_now_of_thread() + SOON;
                if (*target).global_refcnt.load(Acquire) == 0 {
                    destroy_dead_target_connections(job);
                    clean_unused_target(job);
                    compute_next_reconnect(job);
                } else {
                    next = keep_up(job).1;
                }
                if (*job).j_flags.load(Relaxed) & IS_COMPLETED != 0 {
                    return 0;
                }
                let in_use = (*target).global_refcnt.load(Acquire) != 0 || !members(target).is_null();
                if in_use || !remove(job) {
                    job_timer_insert(job, next);
                    return 0;
                }
                forgotten(job);
                COMPLETED
            }
            FINISH => {
                if (*job).j_flags.load(Relaxed) & IS_COMPLETED == 0 {
                    lost(c_text!("do_conn_target_job: FINISH of a target that is in use"));
                }
                count(IntCounter::AllocatedTargets, -1);
                job_free(TAG, job)
            }
            _ => JOB_ERROR,
        }
    }
}

/// A target is out of the table.
///
/// # Safety
/// A target's job, which the main thread runs; the target's own reference is given up.
#[cold]
unsafe fn forgotten(job: *mut AsyncJob) {
    let target = TargetInfo::of(job);
    // SAFETY: fields that do not change, and C strings.
    unsafe {
        if verbosity.load(Relaxed) >= 1 {
            let (text, is_ipv6) = text_of(target);
            let format = if is_ipv6 {
                c_text!("Freeing unused ipv6 target to [%s]:%d\n")
            } else {
                c_text!("Freeing unused target to %s:%d\n")
            };
            kprintf(format.as_ptr(), text, (*target).port);
        }
        count(IntCounter::InactiveTargets, -1);
        count(IntCounter::FreeTargets, 1);
        job_decref(TAG, job);
    }
}

/// A connection of a target that is ready, with a reference; with `allow_stopped`, if there is none, the least unreliable of those
/// that are stopped. Else null. Any thread may ask.
///
/// # Safety
/// A target's job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn conn_target_get_connection(
    CT: *mut AsyncJob,
    allow_stopped: c_int,
) -> *mut AsyncJob {
    // SAFETY: a target's job; its connections live as long as what is looked at.
    unsafe {
        let connections = Looked::at(CT);
        let mut best: *mut AsyncJob = ptr::null_mut();
        connections.each(&mut |job| {
            let answer = ask(job);
            let unreliability = |job| (*ConnectionInfo::of(job)).unreliability;
            let stopped = allow_stopped != 0 && answer == STOPPED;
            if answer == READY || stopped && (best.is_null() || unreliability(best) > unreliability(job)) {
                best = job;
            }
            answer != READY
        });
        if !best.is_null() {
            job_incref(best);
        }
        best
    }
}

/// Does nothing. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn create_all_outbound_connections_limited(_limit: c_int) -> c_int {
    0
}

/// Does nothing. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn create_all_outbound_connections() -> c_int {
    0
}
