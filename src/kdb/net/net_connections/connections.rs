// SPDX-License-Identifier: LGPL-2.0-or-later
//! The jobs of connections.

use core::{
    ffi::{c_int, c_uint, c_void},
    hint::black_box,
    ptr,
    sync::atomic::{
        AtomicI32,
        Ordering::{AcqRel, Acquire, Relaxed},
    },
};

use super::{
    ABORT, ALARM, CLASS_CONNECTION, COMPLETED, FINISH, INBOUND, JOB_ERROR, NO_CONNECTION, OUTBOUND, RUN, TAG,
    act, active_special_connections, address_text, alloc_new_socket_connection, allow, free_queue, happened,
    holders, listeners, lost, max_special_connections, new_job, note_descriptor, signal, statistics::count,
};
use crate::{
    kdb::{
        alloc_mp_queue_w,
        common::{precise_now_of_thread, verbosity},
        net::{epoll_remove, maximize_rcvbuf, maximize_sndbuf, tcp_maximize_buffers},
        rwm_free, rwm_init,
        support::{c_text, kprintf, vkprintf},
        upcalls::{
            job_free, job_incref, job_signal, job_timer_check, job_timer_insert, job_timer_remove, unlock_job,
        },
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{
            CONN_CONNECTING, CONN_ERROR, CONN_WORKING, CONN_WRITE_CLOSE, ConnFunctions, ConnectionInfo,
            IntCounter, ListenerInfo, LongCounter, SocketInfo, TargetInfo,
        },
    },
    net::connection::{
        accept::{Kept, kept},
        came_about, closed, flag, is_active,
    },
    sys::{
        file::close,
        socket::{self, Address},
    },
};

/// Lets what waits be written, and then closes a connection that works.
///
/// # Safety
/// A connection's job.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connection_write_close(C: *mut AsyncJob) {
    let c = ConnectionInfo::of(C);
    // SAFETY: the job's own fields, and atomics.
    unsafe {
        // In one step: another thread may fail the connection meanwhile, and then it has failed. AcqRel, as with the flags.
        let works = (*c).status.compare_exchange(CONN_WORKING, CONN_WRITE_CLOSE, AcqRel, Relaxed);
        if works.is_ok() {
            if let Some(socket) = SocketInfo::of_live((*c).io_conn) {
                (*socket).flags.fetch_or(flag::STOP_READ, AcqRel);
            }
            (*c).flags.fetch_or(flag::STOP_READ, AcqRel);
            signal(C, RUN);
        }
    }
}

/// Has a connection's ALARM come after so many seconds; none if that is not positive. Returns 0.
///
/// # Safety
/// A live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn set_connection_timeout(C: *mut AsyncJob, timeout: f64) -> c_int {
    // SAFETY: atomics, and a live job.
    unsafe {
        let flags = &(*ConnectionInfo::of(C)).flags;
        if flags.load(Acquire) & flag::ERROR == 0 {
            flags.fetch_and(!flag::ALARM, AcqRel);
            job_timer_insert(C, if timeout > 0.0 { precise_now_of_thread() + timeout } else { 0.0 });
        }
    }
    0
}

/// Has none come. Returns 0.
///
/// # Safety
/// A live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clear_connection_timeout(C: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    unsafe { set_connection_timeout(C, 0.0) }
}

/// Fails a connection, which will be closed. Any thread may do it; the first one counts, with its error unless there is a negative
/// one already.
///
/// # Safety
/// A live connection.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fail_connection(C: *mut AsyncJob, err: c_int) {
    let c = ConnectionInfo::of(C);
    // SAFETY: atomics alone.
    unsafe {
        if (*c).flags.fetch_or(flag::ERROR, AcqRel) & flag::ERROR == 0 {
            (*c).status.store(CONN_ERROR, Relaxed);
            if (*c).error.load(Relaxed) >= 0 {
                (*c).error.store(err, Relaxed);
            }
            signal(C, ABORT);
        }
    }
}

/// Reads, parses and writes. Returns 0.
///
/// # Safety
/// A connection's job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_server_read_write(C: *mut AsyncJob) -> c_int {
    // SAFETY: the type's functions, as this object's promise has it; one may change the type.
    unsafe {
        act((*(*ConnectionInfo::of(C)).r#type).reader, C);
        act((*(*ConnectionInfo::of(C)).r#type).writer, C);
    }
    0
}

/// Frees what a closed connection has, and closes its descriptor. Returns what the type's `free_buffers` does.
///
/// # Safety
/// A connection's job, with its last reference.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_server_free_connection(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the job's own fields; nobody else has it.
    unsafe {
        let flags = (*c).flags.load(Acquire);
        let ended = flags & flag::ERROR != 0 && flags & flag::FAILED != 0;
        if !ended || !(*c).target.is_null() || !(*c).io_conn.is_null() || (*C).j_refcnt.load(Relaxed) != 1 {
            lost(c_text!("cpu_server_free_connection: the connection is in use"));
        }
        vkprintf!(1, c_text!("Closing connection socket #%d\n"), (*c).fd);
        free_queue((*c).out_queue);
        (*c).out_queue = ptr::null_mut();
        free_queue((*c).in_queue);
        (*c).in_queue = ptr::null_mut();
        let functions = (*c).r#type;
        if let Some(crypto_free) = (*functions).crypto_free {
            crypto_free(C);
        }
        holders::forget((*c).fd);
        close((*c).fd);
        (*c).fd = -1;
        count(IntCounter::Allocated, -1);
        match (*c).basic_type {
            OUTBOUND => count(IntCounter::AllocatedOutbound, -1),
            INBOUND => count(IntCounter::AllocatedInbound, -1),
            _ => {}
        }
        act((*functions).free_buffers, C)
    }
}

/// Has a failed connection let go of its socket and its target. Returns 0.
///
/// # Safety
/// A connection's job.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cpu_server_close_connection(C: *mut AsyncJob, who: c_int) -> c_int {
    // A host may bring its own, which uses this and answers something else: the compiler must not know.
    black_box(who);
    let c = ConnectionInfo::of(C);
    // SAFETY: the job's own fields; references that the connection gives away.
    unsafe {
        let flags = (*c).flags.load(Acquire);
        let failed = flags & flag::ERROR != 0 && flags & flag::FAILED != 0;
        if !failed || (*c).status.load(Relaxed) != CONN_ERROR || (*c).io_conn.is_null() {
            lost(c_text!("cpu_server_close_connection: the connection did not fail, or is closed"));
        }
        let kind = closed((*c).error.load(Relaxed), flags);
        happened(if kind.unused { LongCounter::UnusedClosed } else { LongCounter::Failed }, 1);
        if kind.at_connect {
            happened(LongCounter::ConnectFailed, 1);
        }
        if flags & flag::DH != 0 {
            count(IntCounter::ActiveDh, -1);
            (*c).flags.fetch_and(!flag::DH, AcqRel);
        }
        job_signal(TAG, ptr::replace(&raw mut (*c).io_conn, ptr::null_mut()), ABORT);
        let active = c_int::from(is_active(flags));
        if (*c).basic_type == OUTBOUND {
            count(IntCounter::Outbound, -1);
            count(IntCounter::ActiveOutbound, -active);
            let target = ptr::replace(&raw mut (*c).target, ptr::null_mut());
            if !target.is_null() {
                job_signal(TAG, target, RUN);
            }
        } else {
            count(IntCounter::Inbound, -1);
            count(IntCounter::ActiveInbound, -active);
        }
        count(IntCounter::Active, -active);
        if (*c).flags.fetch_and(!flag::SPECIAL, AcqRel) & flag::SPECIAL != 0
            && active_special_connections.fetch_sub(1, AcqRel) == max_special_connections.load(Relaxed)
        {
            listeners::wake_special();
        }
        job_timer_remove(C);
    }
    black_box(0)
}

/// The job of a connection.
///
/// # Safety
/// A connection's job, which the calling thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn do_connection_job(job: *mut AsyncJob, op: c_int, JT: *mut c_void) -> c_int {
    let _ = JT;
    let c = ConnectionInfo::of(job);
    // SAFETY: the job's own fields, and the type's functions; one may change the type.
    unsafe {
        let flags = &(*c).flags;
        match op {
            RUN if flags.load(Acquire) & flag::ERROR == 0 => {
                if flags.load(Acquire) & flag::READY_PENDING != 0 && !connected(job) {
                    return 0;
                }
                act((*(*c).r#type).read_write, job);
                0
            }
            ALARM => {
                if job_timer_check(job) != 0 && flags.load(Acquire) & flag::ERROR == 0 {
                    act((*(*c).r#type).alarm, job);
                }
                0
            }
            RUN => 0,
            ABORT => {
                if flags.load(Acquire) & flag::ERROR == 0 {
                    lost(c_text!("do_connection_job: ABORT of a connection that did not fail"));
                }
                if flags.fetch_or(flag::FAILED, AcqRel) & flag::FAILED == 0 {
                    match (*(*c).r#type).close {
                        Some(close) => close(job, 0),
                        None => super::no_function(),
                    };
                }
                COMPLETED
            }
            FINISH if (*c).basic_type == NO_CONNECTION => discard(job),
            FINISH => {
                act((*(*c).r#type).free, job);
                job_free(TAG, job)
            }
            _ => JOB_ERROR,
        }
    }
}

/// The connection came about. False if it has failed before.
///
/// # Safety
/// A connection's job.
#[inline(never)]
unsafe fn connected(C: *mut AsyncJob) -> bool {
    let c = ConnectionInfo::of(C);
    // SAFETY: the job's own fields; its target lives as long as the connection has it.
    unsafe {
        if (*c).flags.fetch_update(AcqRel, Acquire, came_about).is_err() {
            return false;
        }
        count(IntCounter::ActiveOutbound, 1);
        count(IntCounter::Active, 1);
        if !(*c).target.is_null() {
            (*TargetInfo::of((*c).target)).active_outbound_connections.fetch_add(1, AcqRel);
        }
        // Or it has failed meanwhile.
        let _ = (*c).status.compare_exchange(CONN_CONNECTING, CONN_WORKING, AcqRel, Relaxed);
        act((*(*c).r#type).connected, C);
    }
    true
}

/// Ends a connection that never came to be.
///
/// # Safety
/// A connection's job, with its last reference.
#[cold]
unsafe fn discard(C: *mut AsyncJob) -> c_int {
    let c = ConnectionInfo::of(C);
    // SAFETY: the job's own fields; nobody else has it.
    unsafe {
        for message in [&raw mut (*c).r#in, &raw mut (*c).out, &raw mut (*c).in_u, &raw mut (*c).out_p] {
            rwm_free(message);
        }
        free_queue((*c).in_queue);
        free_queue((*c).out_queue);
        job_free(TAG, C)
    }
}

/// What a new connection is made of.
pub(super) struct NewConnection {
    pub(super) fd: c_int,
    /// A target, or null.
    pub(super) target: *mut AsyncJob,
    /// A listener, or null.
    pub(super) listener: *mut AsyncJob,
    pub(super) basic_type: c_int,
    pub(super) functions: *mut ConnFunctions,
    pub(super) extra: *mut c_void,
    pub(super) peer: Address,
    pub(super) peer_port: c_int,
}

/// Makes a connection of a socket. Returns its job, locked and with a reference; or null, and then the socket is closed.
///
/// # Safety
/// Main's thread. `cfd` is a socket, or negative, and given away; `CTJ` and `LCJ` are jobs or null; `conn_type` is a type that
/// was completed; `peer`, in host byte order, is 0 where `peer_ipv6` is *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alloc_new_connection(
    cfd: c_int,
    CTJ: *mut AsyncJob,
    LCJ: *mut AsyncJob,
    basic_type: c_int,
    conn_type: *mut ConnFunctions,
    conn_extra: *mut c_void,
    peer: c_uint,
    peer_ipv6: *const [u8; 16],
    peer_port: c_int,
) -> *mut AsyncJob {
    if cfd < 0 {
        return ptr::null_mut();
    }
    if !socket::set_nonblocking(cfd) {
        // SAFETY: a C string that asks for a number.
        unsafe { kprintf(c_text!("cannot set O_NONBLOCK on accepted socket #%d: %m\n").as_ptr(), cfd) };
        return refuse(cfd, LongCounter::NonblockFailed);
    }
    // SAFETY: as the caller promises.
    unsafe {
        let peer = if peer != 0 || peer_ipv6.is_null() {
            Address::V4(peer.to_be_bytes())
        } else {
            Address::V6(*peer_ipv6)
        };
        let functions = conn_type;
        let new = NewConnection {
            fd: cfd,
            target: CTJ,
            listener: LCJ,
            basic_type,
            functions,
            extra: conn_extra,
            peer,
            peer_port,
        };
        new_connection(&new)
    }
}

/// Closes a socket that no connection is made of, and counts why.
#[cold]
pub(super) fn refuse(fd: c_int, why: LongCounter) -> *mut AsyncJob {
    happened(why, 1);
    close(fd);
    ptr::null_mut()
}

/// As [`alloc_new_connection`], of a socket that does not block.
///
/// # Safety
/// As for [`alloc_new_connection`].
#[inline(never)]
pub(super) unsafe fn new_connection(new: &NewConnection) -> *mut AsyncJob {
    let fd = new.fd;
    socket::set(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
    if tcp_maximize_buffers.load(Relaxed) != 0 {
        maximize_sndbuf(fd, 0);
        maximize_rcvbuf(fd, 0);
    }
    if !note_descriptor(fd) {
        vkprintf!(2, c_text!("cfd = %d, max_connection_fd = %d\n"), fd, super::limit_of_descriptors());
        return refuse(fd, LongCounter::LimitFailed);
    }
    let Some((own, own_port)) = socket::own_address(fd) else { return refuse(fd, LongCounter::InitFailed) };
    let signals = allow(CLASS_CONNECTION, RUN)
        | allow(CLASS_CONNECTION, ALARM)
        | allow(CLASS_CONNECTION, ABORT)
        | allow(CLASS_CONNECTION, FINISH);
    // SAFETY: a new job, whose payload is zeros and this function's alone; the type's functions, as the caller promises.
    unsafe {
        let C = new_job(do_connection_job, signals, size_of::<ConnectionInfo>());
        let c = ConnectionInfo::of(C);
        (*c).fd = fd;
        (*c).generation = super::new_conn_generation();
        let is_outbound = new.basic_type == OUTBOUND;
        let listener = ListenerInfo::of_live(new.listener);
        let mut flags = flag::RAW | (*new.functions).flags & flag::EXTERNAL;
        if new.basic_type == INBOUND {
            flags |= flag::CONNECTED;
        }
        if let Some(listener) = listener {
            flags |= (*listener).flags.load(Relaxed) & flag::EXTERNAL;
        }
        for message in [&raw mut (*c).r#in, &raw mut (*c).out, &raw mut (*c).in_u, &raw mut (*c).out_p] {
            rwm_init(message, 0);
        }
        (*c).r#type = new.functions;
        (*c).extra = new.extra;
        (*c).target = new.target;
        (*c).basic_type = new.basic_type;
        (*c).status = AtomicI32::new(if is_outbound { CONN_CONNECTING } else { CONN_WORKING });
        match (known(own), known(new.peer)) {
            (Kept::V4(own), Kept::V4(peer)) => ((*c).our_ip, (*c).remote_ip) = (own, peer),
            (own, peer) => {
                flags |= flag::IPV6;
                ((*c).our_ipv6, (*c).remote_ipv6) = (as_ipv6(own), as_ipv6(peer));
            }
        }
        (*c).our_port = own_port.into();
        (*c).remote_port = new.peer_port as c_uint;
        (*c).flags = AtomicI32::new(flags);
        (*c).in_queue = alloc_mp_queue_w().cast();
        (*c).out_queue = alloc_mp_queue_w().cast();
        if verbosity.load(Relaxed) >= 1 {
            tell_new(c, is_outbound);
        }
        let functions = &*new.functions;
        if act(if is_outbound { functions.init_outbound } else { functions.init_accepted }, C) < 0 {
            // Its job ends as others do, by FINISH.
            (*c).basic_type = NO_CONNECTION;
            (*c).target = ptr::null_mut();
            unlock_job(TAG, C);
            return refuse(fd, LongCounter::InitFailed);
        }
        if is_outbound {
            count(IntCounter::Outbound, 1);
            count(IntCounter::AllocatedOutbound, 1);
            happened(LongCounter::OutboundCreated, 1);
            if !new.target.is_null() {
                job_incref(new.target);
                (*TargetInfo::of(new.target)).outbound_connections.fetch_add(1, AcqRel);
            }
        } else {
            happened(LongCounter::InboundAccepted, 1);
            for counter in [
                IntCounter::AllocatedInbound,
                IntCounter::Inbound,
                IntCounter::ActiveInbound,
                IntCounter::Active,
            ] {
                count(counter, 1);
            }
            if let Some(listener) = listener {
                accepted_from(c, listener);
            }
        }
        alloc_new_socket_connection(C);
        count(IntCounter::Allocated, 1);
        C
    }
}

fn known(address: Address) -> Kept {
    match address {
        Address::V4(address) => Kept::V4(u32::from_be_bytes(address)),
        Address::V6(address) => kept(address),
    }
}

/// What cannot be: one side of IPv4, the other not.
fn as_ipv6(address: Kept) -> [u8; 16] {
    match address {
        Kept::V4(_) => [0; 16],
        Kept::V6(address) => address,
    }
}

/// # Safety
/// A live connection.
#[cold]
unsafe fn tell_new(c: *const ConnectionInfo, is_outbound: bool) {
    // SAFETY: a live struct, and C strings.
    unsafe {
        let ours = (address_text((*c).our_ip, &raw const (*c).our_ipv6), (*c).our_port);
        let theirs = (address_text((*c).remote_ip, &raw const (*c).remote_ipv6), (*c).remote_port);
        let (text, from, to) = if is_outbound {
            (c_text!("New outbound connection #%d %s:%d -> %s:%d\n"), ours, theirs)
        } else {
            (c_text!("New inbound connection #%d %s:%d -> %s:%d\n"), theirs, ours)
        };
        kprintf(text.as_ptr(), (*c).fd, from.0, from.1, to.0, to.1);
    }
}

/// What a connection has of its listener.
///
/// # Safety
/// Both are alive; main's thread.
unsafe fn accepted_from(c: *mut ConnectionInfo, listener: *mut ListenerInfo) {
    // SAFETY: the new connection's own fields; the listener's do not change.
    unsafe {
        (*c).listening = (*listener).fd;
        (*c).listening_generation = (*listener).generation;
        let flags = (*listener).flags.load(Relaxed);
        (*c).flags.fetch_or(flags & (flag::NO_QUICK_ACK | flag::SPECIAL), Relaxed);
        // A clamp of the socket that listens is every accepted socket's: the host sets it there.
        (*c).window_clamp = (*listener).window_clamp;
        if flags & flag::SPECIAL == 0 {
            return;
        }
        let active = active_special_connections.fetch_add(1, AcqRel).wrapping_add(1);
        let most = max_special_connections.load(Relaxed);
        if active > most {
            let text = c_text!(
                "ERROR: forced to accept connection when special connections limit was reached (%d of %d)\n"
            );
            vkprintf!(if active >= most + 16 { 0 } else { 1 }, text, active, most);
        }
        if active >= most {
            vkprintf!(2, c_text!("**Invoking epoll_remove(%d)\n"), (*listener).fd);
            epoll_remove((*listener).fd);
        }
    }
}
