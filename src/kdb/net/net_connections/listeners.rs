// SPDX-License-Identifier: LGPL-2.0-or-later
//! Sockets that listen.

use core::{
    ffi::{c_int, c_void},
    ptr,
    sync::atomic::{
        AtomicI32,
        Ordering::{AcqRel, Relaxed},
    },
};

use super::{
    AUX, CLASS_MAIN, FINISH, INBOUND, JOB_ERROR, RUN, TAG, allow, check_conn_functions,
    connection_get_by_fd_generation,
    connections::{NewConnection, new_connection, refuse},
    limit_of_descriptors, lost, net_server_socket_read_write_gateway, new_conn_generation, new_job,
    note_descriptor,
    statistics::{count, happened},
};
use crate::{
    kdb::{
        common::precise_now_of_thread,
        net::{epoll_insert, epoll_sethandler, slot_of},
        support::{c_text, vkprintf},
        upcalls::{job_signal, unlock_job},
    },
    layout::{
        atomic_f64::AtomicF64,
        jobs::AsyncJob,
        net_connections::{ConnFunctions, ConnectionInfo, IntCounter, ListenerInfo, LongCounter},
        net_events::IN_EPOLL,
    },
    net::{
        EVT_READ, EVT_SPEC, EVT_WRITE,
        connection::{accept::Bucket, flag},
    },
    sys::{errno, socket},
};

// Bits of a listener's mode.
const MODE_IPV6: c_int = 2;
const MODE_LOW_PRIORITY: c_int = 8;
const MODE_SPECIAL: c_int = 0x1_0000;
const MODE_NO_QUICK_ACK: c_int = 0x2_0000;
const MODE_RAW: c_int = 0x4_0000;

const USUAL_PRIORITY: c_int = -10;
const LOW_PRIORITY: c_int = 10;
/// What a listener waits for, edge-triggered.
const ALL_EVENTS: c_int = EVT_READ | EVT_WRITE | EVT_SPEC;

static ACCEPT_RATE: AtomicI32 = AtomicI32::new(0);
/// Main alone accepts.
static ACCEPTS_LEFT: AtomicF64 = AtomicF64::new(0.0);
static ACCEPTED_AT: AtomicF64 = AtomicF64::new(0.0);

pub(super) fn accept_rate() -> c_int {
    ACCEPT_RATE.load(Relaxed)
}

pub(super) fn accepts_left() -> f64 {
    ACCEPTS_LEFT.load()
}

/// Closes connections at once above so many in a second; 0 stands for no limit.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn tcp_set_max_accept_rate(rate: c_int) {
    ACCEPT_RATE.store(rate, Relaxed);
}

/// Whether one more connection may be accepted now.
fn within_rate() -> bool {
    let rate = accept_rate();
    if rate == 0 {
        return true;
    }
    let mut bucket = Bucket { left: ACCEPTS_LEFT.load(), at: ACCEPTED_AT.load() };
    let may = bucket.take(rate, precise_now_of_thread());
    ACCEPTS_LEFT.store(bucket.left);
    ACCEPTED_AT.store(bucket.at);
    may
}

const MOST_SPECIAL: usize = 64;

/// How many listeners are special.
#[unsafe(no_mangle)]
pub static special_listen_sockets: AtomicI32 = AtomicI32::new(0);

/// Their descriptors and generations.
static SPECIAL: [[AtomicI32; 2]; MOST_SPECIAL] =
    [const { [AtomicI32::new(0), AtomicI32::new(0)] }; MOST_SPECIAL];

/// Has the special listeners accept again.
#[cold]
pub(super) fn wake_special() {
    let some = SPECIAL.iter().take(usize::try_from(special_listen_sockets.load(Relaxed)).unwrap_or(0));
    for [fd, generation] in some {
        // SAFETY: a listener's slot; the reference goes with the signal.
        unsafe {
            let listener = connection_get_by_fd_generation(fd.load(Relaxed), generation.load(Relaxed));
            if !listener.is_null() {
                job_signal(TAG, listener, AUX);
            }
        }
    }
}

/// Accepts what waits, until nothing does or the listener is out of epoll. Returns 0.
///
/// # Safety
/// A listener's job, which the main thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn net_accept_new_connections(LCJ: *mut AsyncJob) -> c_int {
    let listener = ListenerInfo::of(LCJ);
    let mut any = false;
    // SAFETY: the job's own fields, which do not change, and those of its slot, which are main's.
    unsafe {
        let fd = (*listener).fd;
        while slot_of(fd).is_some_and(|slot| slot.state.get() & IN_EPOLL != 0) {
            let (accepted, peer) = socket::accept(fd);
            let name = c_text!("net_accept_new_connections").as_ptr();
            vkprintf!(2, c_text!("%s: cfd = %d\n"), name, accepted);
            if accepted < 0 {
                let cause = errno::get();
                let nothing = cause == libc::EAGAIN;
                if !nothing {
                    happened(LongCounter::AcceptFailed, 1);
                }
                if cause == libc::ECONNABORTED || cause == libc::EINTR {
                    continue;
                }
                if !any {
                    let text = c_text!("accept(%d) unexpectedly returns %d: %m\n");
                    vkprintf!(if nothing { 2 } else { 0 }, text, fd, accepted);
                }
                break;
            }
            any = true;
            happened(LongCounter::InboundAccepted, 1);
            if !within_rate() {
                refuse(accepted, LongCounter::RateFailed);
                continue;
            }
            let Some((peer, peer_port)) = peer else {
                refuse(accepted, LongCounter::InitFailed);
                continue;
            };
            let new = NewConnection {
                fd: accepted,
                target: ptr::null_mut(),
                listener: LCJ,
                basic_type: INBOUND,
                functions: (*listener).r#type,
                extra: (*listener).extra,
                peer,
                peer_port: peer_port.into(),
            };
            let connection = new_connection(&new);
            if !connection.is_null() {
                unlock_job(TAG, connection);
            }
        }
    }
    0
}

/// The job of a listener.
///
/// # Safety
/// A listener's job, which the main thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn do_listening_connection_job(
    job: *mut AsyncJob,
    op: c_int,
    JT: *mut c_void,
) -> c_int {
    let _ = JT;
    match op {
        // SAFETY: the same promise.
        RUN => unsafe { net_accept_new_connections(job) },
        AUX => {
            // SAFETY: the job's own field; main's thread.
            unsafe {
                let fd = (*ListenerInfo::of(job)).fd;
                vkprintf!(2, c_text!("**Invoking epoll_insert(%d,%d)\n"), fd, ALL_EVENTS);
                epoll_insert(fd, ALL_EVENTS);
            }
            0
        }
        _ => JOB_ERROR,
    }
}

/// Accepts connections of a type from a socket that listens. `mode`: 2 IPv6, 8 low priority, 0x10000 the connections are special,
/// 0x20000 acknowledgements need not be quick, 0x40000 messages of parts. Returns 0; -1 where the type cannot be completed, or
/// the descriptor is not below the limit.
///
/// # Safety
/// Main's thread. As for [`check_conn_functions`]; the type lives for ever.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init_listening_connection_ext(
    fd: c_int,
    type_: *mut ConnFunctions,
    extra: *mut c_void,
    mode: c_int,
    prio: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    if unsafe { check_conn_functions(type_, 1) } < 0 {
        return -1;
    }
    if !note_descriptor(fd) {
        let text = c_text!("TOO big fd for listening connection %d (max %d)\n");
        vkprintf!(0, text, fd, limit_of_descriptors());
        return -1;
    }
    let signals = allow(CLASS_MAIN, RUN) | allow(CLASS_MAIN, AUX) | allow(CLASS_MAIN, FINISH);
    // SAFETY: a new job, whose payload is zeros and this function's alone; main's thread, as the caller promises.
    unsafe {
        // The host writes to it as to a connection (cure 15).
        let LCJ = new_job(do_listening_connection_job, signals, size_of::<ConnectionInfo>());
        // The slot's, and the one that goes with the lock.
        (*LCJ).j_refcnt.store(2, Relaxed);
        let listener = ListenerInfo::of(LCJ);
        (*listener).fd = fd;
        (*listener).r#type = type_;
        (*listener).extra = extra;
        (*listener).ev = slot_of(fd).map_or(ptr::null_mut(), |slot| ptr::from_ref(slot).cast_mut());
        (*listener).generation = new_conn_generation();
        let mut flags = 0;
        if mode & MODE_SPECIAL != 0 {
            flags |= flag::SPECIAL;
            add_special(fd, (*listener).generation);
        }
        if mode & MODE_NO_QUICK_ACK != 0 {
            flags |= flag::NO_QUICK_ACK;
            vkprintf!(2, c_text!("disable TCP_QUICKACK for %d\n"), fd);
            socket::set(fd, libc::IPPROTO_TCP, libc::TCP_QUICKACK, 0);
        }
        if mode & MODE_IPV6 != 0 {
            flags |= flag::IPV6;
        }
        if mode & MODE_RAW != 0 {
            flags |= flag::RAW;
        }
        (*listener).flags = AtomicI32::new(flags);
        let priority = if mode & MODE_LOW_PRIORITY != 0 { LOW_PRIORITY } else { prio };
        epoll_sethandler(fd, priority, Some(net_server_socket_read_write_gateway), LCJ.cast());
        epoll_insert(fd, ALL_EVENTS);
        count(IntCounter::Listening, 1);
        unlock_job(TAG, LCJ);
    }
    0
}

fn add_special(fd: c_int, generation: c_int) {
    let place = usize::try_from(special_listen_sockets.fetch_add(1, AcqRel)).ok();
    match place.and_then(|place| SPECIAL.get(place)) {
        Some([its_fd, its_generation]) => {
            its_fd.store(fd, Relaxed);
            its_generation.store(generation, Relaxed);
        }
        None => lost(c_text!("init_listening_connection: more than 64 special listeners")),
    }
}

/// As [`init_listening_connection_ext`], without a mode and with the usual priority.
///
/// # Safety
/// As for [`init_listening_connection_ext`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init_listening_connection(
    fd: c_int,
    type_: *mut ConnFunctions,
    extra: *mut c_void,
) -> c_int {
    // SAFETY: the same promise.
    unsafe { init_listening_connection_ext(fd, type_, extra, 0, USUAL_PRIORITY) }
}

/// As [`init_listening_connection_ext`], with the usual priority.
///
/// # Safety
/// As for [`init_listening_connection_ext`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init_listening_tcpv6_connection(
    fd: c_int,
    type_: *mut ConnFunctions,
    extra: *mut c_void,
    mode: c_int,
) -> c_int {
    // SAFETY: the same promise.
    unsafe { init_listening_connection_ext(fd, type_, extra, mode, USUAL_PRIORITY) }
}
