// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-rpc-targets`: connections that speak RPC, by who is at the other side.
//!
//! A host may hand over a target of `net/net-connections` in place of one of these: both have their tree of connections at the
//! same place. So a tree has the nodes of the legacy library, and whoever reads one publishes it first.

use core::{
    ffi::{c_int, c_uint, c_void},
    ptr::{self, NonNull},
    sync::atomic::Ordering::{Relaxed, Release},
};

pub use crate::layout::net_rpc_targets::{ConnectionChooseExtra, RpcTargetStats};
use crate::{
    kdb::{
        PID, get_ptr_multithread_copy, is_hazard_ptr, matches_pid,
        module_stats::module_stats,
        support::{c_text, die, kprintf},
        total_vv_tree_nodes,
        upcalls::{insert_free_later_struct, job_decref, job_incref, lrand48_j},
        verbosity,
    },
    layout::{
        common_stats::StatsBuffer,
        jobs::AsyncJob,
        net_connections::{ConnectionInfo, FreeLater, TargetInfo},
        net_rpc_targets::RpcTargetInfo,
    },
    net::connection::flag,
    process_id::ProcessId,
    runtime::{
        connection::{Members, Tree, each, retain},
        rpc_targets::Targets,
    },
    sys::{memory, mutex::Mutex},
};

module_stats! {
    "rpc_targets", RpcTargetStats,
    list: jobs_module_list_stat_rpc_targets,
    own: "jobs_module_stat_rpc_targets",
    prefix: jobs_module_state_prefix_rpc_targets,
    thread_init: jobs_module_thread_init_rpc_targets,
    callback: rpc_targets_thread_callback,
    register: jobs_module_register_rpc_targets,
}

/// What the legacy macros put in front of a job that is handed over.
const TAG: c_int = 1;
/// Where a thread publishes a tree before it takes a reference.
const COPIED: c_int = 3;
const ANY_FAILURE: c_int = flag::ERROR | flag::FAILED | flag::NET_FAILED;
/// What a connection's type says of it: it works; it works, but shall not be used.
const READY: c_int = 1;
const STOPPED: c_int = 2;
/// A stopped connection that is this unreliable is not used.
const MOST_UNRELIABLE: c_int = 10_000;

/// All targets that have connections. Whoever changes a target's tree has them, too.
static TARGETS: Mutex<Targets> = Mutex::new(Targets::new());

unsafe fn take(connection: *mut AsyncJob) {
    // SAFETY: a tree's connection.
    unsafe { job_incref(connection) };
}

unsafe fn give(connection: *mut AsyncJob) {
    // SAFETY: a tree's reference.
    unsafe { job_decref(TAG, connection) }
}

pub(super) fn members() -> Members {
    Members { nodes: &total_vv_tree_nodes, take, give }
}

/// Gives a tree back, later where a thread is about to take a reference.
///
/// # Safety
/// The tree is in no target any more, and its reference is handed over.
pub(super) unsafe extern "C" fn release(tree: *mut c_void) {
    // SAFETY: the same promise.
    unsafe {
        while !tree.is_null() && is_hazard_ptr(tree, COPIED, COPIED) != 0 {
            // Without memory it waits here: a thread takes a reference in a moment.
            if let Some(later) = memory::object(FreeLater { ptr: tree, free: Some(release) }) {
                return insert_free_later_struct(later.as_ptr());
            }
        }
        members().release(tree.cast());
    }
}

/// A target's connections, with references as long as this lives.
pub(super) struct Looked(Tree);

impl Looked {
    /// # Safety
    /// `target` is null, or a target of one of both kinds.
    pub(super) unsafe fn at(target: *mut AsyncJob) -> Self {
        unsafe extern "C" fn keep(tree: *mut c_void) {
            // SAFETY: published, so that it is not freed.
            unsafe { retain(tree.cast()) };
        }
        if target.is_null() {
            return Self(ptr::null_mut());
        }
        // SAFETY: the target's pointer, as the caller promises.
        Self(unsafe { get_ptr_multithread_copy(RpcTargetInfo::tree_of(target), Some(keep)) }.cast())
    }

    /// Calls a function with each connection until it answers false.
    pub(super) fn each(&self, see: &mut dyn FnMut(*mut AsyncJob) -> bool) {
        // SAFETY: this value's own reference.
        unsafe { each(self.0, see) };
    }
}

impl Drop for Looked {
    fn drop(&mut self) {
        // SAFETY: this value's own reference.
        unsafe { members().release(self.0) }
    }
}

/// Who is at the other side, with this host's own address in place of none.
fn with_address(pid: ProcessId) -> ProcessId {
    // SAFETY: a variable of atomics.
    let own = unsafe { &PID };
    ProcessId { ip: if pid.ip == 0 { own.ip.load(Relaxed) } else { pid.ip }, ..pid }
}

/// The other side of a connection, which is told to the log.
///
/// # Safety
/// A connection that speaks RPC.
unsafe fn peer_of(connection: *mut ConnectionInfo) -> ProcessId {
    // SAFETY: the same promise; the format asks for six numbers.
    unsafe {
        let peer = with_address(ConnectionInfo::remote_pid(connection).read());
        if verbosity.load(Relaxed) >= 2 {
            let format = c_text!("rpc_target_insert_conn: ip = %d.%d.%d.%d, port = %d, fd = %d\n");
            let [a, b, c, d] = peer.ip.to_be_bytes().map(c_int::from);
            kprintf(format.as_ptr(), a, b, c, d, c_int::from(peer.port), (*connection).fd);
        }
        peer
    }
}

fn count_targets(number: i64) {
    MODULE.own().add_long(|stats| &stats.total_rpc_targets, number);
}

fn count_connections(number: i64) {
    MODULE.own().add_long(|stats| &stats.total_connections_in_rpc_targets, number);
}

/// Adds a connection to the target of its other side, unless it is in one, or has failed. Without memory it is not added.
///
/// # Safety
/// `C` is a connection that speaks RPC, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rpc_target_insert_conn(C: *mut AsyncJob) {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise; the reference in the tree is the tree's.
    unsafe {
        let is_in = ConnectionInfo::in_rpc_target(c);
        if (*c).flags.load(Relaxed) & ANY_FAILURE != 0 || *is_in != 0 {
            return;
        }
        let peer = peer_of(c);
        let order = lrand48_j() as c_int;
        let old = TARGETS.with(|targets| {
            let (target, added) = targets.find_or_add(peer.peer_key(), peer)?;
            let old = (*target.as_ptr()).info.conn_tree.load(Relaxed);
            match members().insert(old, job_incref(C), order) {
                Some(new) => {
                    count_targets(added.into());
                    // Release: who finds the tree finds what it holds.
                    (*target.as_ptr()).info.conn_tree.store(new, Release);
                    Some(old)
                }
                None => {
                    if added {
                        targets.remove(peer.peer_key());
                    }
                    None
                }
            }
        });
        if let Some(old) = old {
            *is_in = 1;
            count_connections(1);
            release(old.cast());
        }
    }
}

/// Takes a connection out of its target.
///
/// # Safety
/// As for [`rpc_target_insert_conn`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rpc_target_delete_conn(C: *mut AsyncJob) {
    let c = ConnectionInfo::of(C);
    // SAFETY: the same promise.
    unsafe {
        let is_in = ConnectionInfo::in_rpc_target(c);
        if *is_in == 0 {
            return;
        }
        let key = peer_of(c).peer_key();
        let old = TARGETS.with(|targets| {
            let target = targets.find(key)?;
            let old = (*target.as_ptr()).info.conn_tree.load(Relaxed);
            let Some(new) = members().remove(old, C) else { die(c_text!("net-rpc-targets: no memory")) };
            (*target.as_ptr()).info.conn_tree.store(new, Release);
            if new.is_null() {
                targets.remove(key);
                count_targets(-1);
            }
            Some(old)
        });
        *is_in = 0;
        count_connections(-1);
        release(old.unwrap_or(ptr::null_mut()).cast());
    }
}

/// The target of a process, or null: the connections to it, as long as it has some. Address 0 is this host's own. Any thread may
/// ask; a target lives for ever, but may be another process's once it has no connections.
///
/// # Safety
/// `pid` is *readable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rpc_target_lookup(pid: *mut ProcessId) -> *mut AsyncJob {
    // SAFETY: the same promise.
    let Some(pid) = (unsafe { pid.as_ref() }) else { die(c_text!("rpc_target_lookup: null")) };
    let key = with_address(*pid).peer_key();
    TARGETS.with(|targets| targets.find(key)).map_or(ptr::null_mut(), |target| target.as_ptr().cast())
}

/// As [`rpc_target_lookup`], of a server.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn rpc_target_lookup_hp(ip: c_uint, port: c_int) -> *mut AsyncJob {
    let mut pid = ProcessId { ip, port: port as i16, pid: 0, utime: 0 };
    // SAFETY: readable.
    unsafe { rpc_target_lookup(&mut pid) }
}

/// As [`rpc_target_lookup`], of the process to which a target of `net/net-connections` connects; null if that has none.
///
/// # Safety
/// `SS` is a target of `net/net-connections`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rpc_target_lookup_target(SS: *mut AsyncJob) -> *mut AsyncJob {
    // SAFETY: the same promise.
    let (ip, port) = unsafe {
        let target = TargetInfo::of(SS);
        ((*target).custom_field, (*target).port)
    };
    if ip == -1 { ptr::null_mut() } else { rpc_target_lookup_hp(ip as c_uint, port) }
}

/// Asks a connection whether it is ready, and returns the answer; none of a connection that has failed, or is not the process's.
///
/// # Safety
/// As for [`check_connection`].
#[inline(never)]
unsafe fn answer_of(connection: *mut AsyncJob, pid: *mut ProcessId) -> Option<c_int> {
    let c = ConnectionInfo::of(connection);
    // SAFETY: the same promise.
    unsafe {
        let answer = match (*(*c).r#type).check_ready {
            Some(ask) => ask(connection),
            None => die(c_text!("a connection's type lacks a function")),
        };
        let works = (*c).flags.load(Relaxed) & ANY_FAILURE == 0 && (*c).error.load(Relaxed) == 0;
        let is_meant = || pid.is_null() || matches_pid(ConnectionInfo::remote_pid(c), pid) >= 1;
        (works && is_meant()).then_some(answer)
    }
}

/// Sees whether a connection is better than the one at `ex`, of which the int at `ex2` says how unreliable it is; below 0 it is
/// ready, and stays. The process at `ex3` must be at the other side, unless that is null.
///
/// # Safety
/// `C` is a connection that speaks RPC; what the others point to is the caller's.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn check_connection(
    C: *mut AsyncJob,
    ex: *mut c_void,
    ex2: *mut c_void,
    ex3: *mut c_void,
) {
    // SAFETY: the same promise.
    unsafe {
        let (chosen, unreliability): (*mut *mut AsyncJob, *mut c_int) = (ex.cast(), ex2.cast());
        if *unreliability < 0 {
            return;
        }
        let its = (*ConnectionInfo::of(C)).unreliability;
        match answer_of(C, ex3.cast()) {
            Some(READY) => (*unreliability, *chosen) = (-1, C),
            Some(STOPPED) if its < *unreliability => (*unreliability, *chosen) = (its, C),
            _ => {}
        }
    }
}

/// Sees whether a connection is ready, and then chooses it for the [`ConnectionChooseExtra`] at `ex`, so that each of those
/// that are ready is as likely there. The process at `ex2` must be at the other side, unless that is null.
///
/// # Safety
/// As for [`check_connection`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn check_connection_arr(C: *mut AsyncJob, ex: *mut c_void, ex2: *mut c_void) {
    // SAFETY: the same promise; a place is one of `limit`.
    unsafe {
        let choice: &mut ConnectionChooseExtra = &mut *ex.cast();
        if answer_of(C, ex2.cast()) != Some(READY) {
            return;
        }
        let place = if choice.pos < choice.limit {
            choice.pos += 1;
            choice.pos - 1
        } else {
            lrand48_j().checked_rem(i64::from(choice.count) + 1).unwrap_or(0) as c_int
        };
        if place < choice.limit {
            choice.Arr.wrapping_offset(place as isize).write(C);
        }
        choice.count += 1;
    }
}

/// A connection to a process that is ready, the first in the order of addresses, with a reference; if there is none, the least
/// unreliable of those that are stopped. Else null. Any thread may ask.
///
/// # Safety
/// `S` is null, or a target of one of both kinds; `pid` is null or *readable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rpc_target_choose_connection(
    S: *mut AsyncJob,
    pid: *mut ProcessId,
) -> *mut AsyncJob {
    let mut chosen: *mut AsyncJob = ptr::null_mut();
    let mut unreliability = MOST_UNRELIABLE;
    // SAFETY: the same promises; the tree has a reference to what is chosen.
    unsafe {
        let looked = Looked::at(S);
        looked.each(&mut |connection| {
            let (ex, ex2) = ((&raw mut chosen).cast(), (&raw mut unreliability).cast());
            check_connection(connection, ex, ex2, pid.cast());
            unreliability >= 0
        });
        if !chosen.is_null() {
            job_incref(chosen);
        }
    }
    chosen
}

/// At most `limit` connections to a process that are ready, each as likely as any other, with references. Returns how many. Any
/// thread may ask.
///
/// # Safety
/// As for [`rpc_target_choose_connection`]; `buf` is *writable* for `limit` pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rpc_target_choose_random_connections(
    S: *mut AsyncJob,
    pid: *mut ProcessId,
    limit: c_int,
    buf: *mut *mut AsyncJob,
) -> c_int {
    let mut choice = ConnectionChooseExtra { Arr: buf, limit, pos: 0, count: 0 };
    // SAFETY: the same promises; the tree has references to what is chosen.
    unsafe {
        let looked = Looked::at(S);
        looked.each(&mut |connection| {
            check_connection_arr(connection, (&raw mut choice).cast(), pid.cast());
            true
        });
        for place in 0..choice.pos {
            job_incref(buf.wrapping_offset(place as isize).read());
        }
    }
    choice.pos
}

/// Whether there is a connection to a process: 1 if it is ready, 0 if it is not, -1 if there is none.
///
/// # Safety
/// As for [`rpc_target_choose_connection`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rpc_target_get_state(S: *mut AsyncJob, pid: *mut ProcessId) -> c_int {
    // SAFETY: the same promises; the connection's reference is given back.
    unsafe {
        let Some(connection) = NonNull::new(rpc_target_choose_connection(S, pid)) else { return -1 };
        let answer = answer_of(connection.as_ptr(), ptr::null_mut());
        job_decref(TAG, connection.as_ptr());
        (answer == Some(READY)).into()
    }
}

/// Does nothing.
#[unsafe(no_mangle)]
pub extern "C" fn rpc_target_delete(_RT: *mut AsyncJob) {}

/// Adds how many targets and connections there are. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rpc_targets_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer.
    unsafe { MODULE.page(sb) }
        .long(c_text!("total_rpc_targets"), |stats| &stats.total_rpc_targets)
        .long(c_text!("total_connections_in_rpc_targets"), |stats| &stats.total_connections_in_rpc_targets)
        .end()
}
