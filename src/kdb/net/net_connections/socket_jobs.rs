// SPDX-License-Identifier: LGPL-2.0-or-later
//! The jobs of connections' sockets.

use core::{
    ffi::{c_int, c_void},
    mem::MaybeUninit,
    ptr,
    sync::atomic::{
        AtomicI32,
        Ordering::{AcqRel, Acquire, Relaxed},
    },
};

use super::{
    ABORT, ALARM, AUX, CLASS_MAIN, CLASS_SOCKET, COMPLETED, FINISH, JOB_ERROR, OUTBOUND, RUN, TAG, TRIES,
    act, address_text, allow, connection_event_incref, fail_connection, free_queue,
    holders::{close_greatest, count_shed, note_output},
    lost, new_job,
    receive::own_set,
    signal,
    statistics::{count, happened},
};
use crate::{
    kdb::{
        alloc_mp_queue_w, mpq_pop_nw, mpq_push_w,
        net::{
            EventDescr, epoll_insert, epoll_sethandler, messages, remove_event_from_heap, rwm_prepare_iovec,
            slot_of,
        },
        rwm_free, rwm_init, rwm_skip_data, rwm_union,
        support::{c_text, kprintf, vkprintf},
        upcalls::{
            get_utime_monotonic, job_decref, job_free, job_incref, job_timer_check, job_timer_insert,
            job_timer_remove, unlock_job,
        },
    },
    layout::{
        jobs::AsyncJob,
        mp_queue::MpQueue,
        net_connections::{ConnectionInfo, IntCounter, LongCounter, SocketInfo},
        net_events::{CONTINUE, REMOVE},
        net_msg::RawMessage,
    },
    net::{
        EVT_FROM_EPOLL,
        connection::{
            AT_CONNECT, BUFFERS_OF_A_TURN, Heard, MOST_WAITING, events, flag, heard, may_read, may_write,
            new_socket, offer, woken,
        },
    },
    runtime::{connection::Got, jobs::word::LOCKED},
    sys::{errno, memory, socket},
};

/// The error of a connection whose socket failed, and of one whose socket is freed.
pub(super) const SOCKET_FAILED: c_int = -200;
const SOCKET_FREED: c_int = -201;
/// What a job answers to be sent AUX.
const SEND_AUX: c_int = 1 << AUX;
/// Writes without room, one after the other, after which a connection fails.
const MOST_REFUSALS: c_int = 100;
/// Pieces that a write takes at once.
const MOST_PIECES: usize = 384;
/// How long a socket is not read whose connection's job does not keep up, or that found no buffer; in seconds.
const PAUSE: f64 = 0.001;
const LONG_PAUSE: f64 = 0.02;

/// Describes a message's pieces in at most `maxcnt` entries, and writes how many it takes. Returns how many bytes they have: all,
/// or what fits.
///
/// # Safety
/// A message; `iov` is *writable* for `maxcnt` entries, and `iovcnt` is.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcp_prepare_iovec(
    iov: *mut libc::iovec,
    iovcnt: *mut c_int,
    maxcnt: c_int,
    raw: *mut RawMessage,
) -> c_int {
    // SAFETY: as the caller promises; where not all fits, each entry was written.
    unsafe {
        let used = rwm_prepare_iovec(raw, iov, maxcnt, (*raw).total_bytes);
        if used >= 0 {
            *iovcnt = used;
            return (*raw).total_bytes;
        }
        *iovcnt = maxcnt;
        (0..usize::try_from(maxcnt).unwrap_or(0)).map(|at| (*iov.add(at)).iov_len as c_int).sum()
    }
}

/// Makes the job of a connection's socket, which waits for epoll from now on. Returns it.
///
/// # Safety
/// Main's thread; a connection's job, whose descriptor's slot is nobody's.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alloc_new_socket_connection(C: *mut AsyncJob) -> *mut AsyncJob {
    let signals = allow(CLASS_SOCKET, RUN)
        | allow(CLASS_SOCKET, ALARM)
        | allow(CLASS_MAIN, ABORT)
        | allow(CLASS_SOCKET, FINISH)
        | allow(CLASS_MAIN, AUX);
    // SAFETY: a new job, whose payload is zeros and this function's alone; main's thread, as the caller promises.
    unsafe {
        let S = new_job(do_socket_connection_job, signals, size_of::<SocketInfo>());
        // The connection's and the slot's.
        (*S).j_refcnt.store(2, Relaxed);
        let (c, s) = (ConnectionInfo::of(C), SocketInfo::of(S));
        (*s).fd = (*c).fd;
        (*s).r#type = (*c).r#type;
        (*s).conn = job_incref(C);
        let of_target = if (*c).target.is_null() { 0 } else { flag::OF_TARGET };
        let flags = new_socket((*c).flags.load(Relaxed) & flag::CONNECTED != 0) | of_target;
        (*s).flags = AtomicI32::new(flags);
        ((*s).our_ip, (*s).our_port, (*s).our_ipv6) = ((*c).our_ip, (*c).our_port, (*c).our_ipv6);
        ((*s).remote_ip, (*s).remote_port) = ((*c).remote_ip, (*c).remote_port);
        (*s).remote_ipv6 = (*c).remote_ipv6;
        (*s).out_packet_queue = alloc_mp_queue_w().cast();
        rwm_init(&raw mut (*s).out, 0);
        (*s).ev = slot_of((*s).fd).map_or(ptr::null_mut(), |slot| ptr::from_ref(slot).cast_mut());
        epoll_sethandler((*s).fd, 0, Some(net_server_socket_read_write_gateway), S.cast());
        (*s).current_epoll_status = events(flags);
        epoll_insert((*s).fd, (*s).current_epoll_status);
        (*c).io_conn = S;
        unlock_job(TAG, job_incref(S));
        count(IntCounter::AllocatedSockets, 1);
        S
    }
}

/// Fails a socket: epoll forgets it, and its connection fails.
///
/// # Safety
/// Main's thread; a socket's job, which it has locked.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fail_socket_connection(C: *mut AsyncJob, who: c_int) {
    let c = SocketInfo::of(C);
    // SAFETY: the job's own fields.
    unsafe {
        if (*C).j_flags.load(Relaxed) & LOCKED == 0 {
            lost(c_text!("fail_socket_connection: the job is not locked"));
        }
        if (*c).flags.fetch_or(flag::ERROR, AcqRel) & flag::ERROR == 0 {
            job_timer_remove(C);
            remove_event_from_heap((*c).ev, 0);
            connection_event_incref((*c).fd, -1);
            epoll_insert((*c).fd, 0);
            (*c).ev = ptr::null_mut();
            act((*(*c).r#type).socket_close, C);
            fail_connection((*c).conn, who);
        }
    }
}

/// Frees what a failed socket has. Returns 0.
///
/// # Safety
/// A socket's job, with its last reference.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn net_server_socket_free(C: *mut AsyncJob) -> c_int {
    let c = SocketInfo::of(C);
    // SAFETY: the job's own fields; nobody else has it.
    unsafe {
        if !(*c).ev.is_null() || (*c).flags.load(Acquire) & flag::ERROR == 0 {
            lost(c_text!("net_server_socket_free: the socket is in use"));
        }
        if !(*c).conn.is_null() {
            fail_connection((*c).conn, SOCKET_FREED);
            job_decref(TAG, ptr::replace(&raw mut (*c).conn, ptr::null_mut()));
        }
        free_queue((*c).out_packet_queue);
        rwm_free(&raw mut (*c).out);
    }
    count(IntCounter::AllocatedSockets, -1);
    0
}

/// Has the socket's end handled, by the main thread.
///
/// # Safety
/// A socket's job.
#[cold]
#[inline(never)]
unsafe fn abort(C: *mut AsyncJob) {
    // SAFETY: an atomic, and a live job.
    unsafe {
        (*SocketInfo::of(C)).flags.fetch_or(flag::NET_FAILED, AcqRel);
        signal(C, ABORT);
    }
}

/// ... after an error, or at the connection's end.
///
/// # Safety
/// A socket's job.
#[cold]
unsafe fn broken(C: *mut AsyncJob) {
    // SAFETY: the job's own field.
    vkprintf!(1, c_text!("Connection %d: Fatal error %m\n"), unsafe { (*SocketInfo::of(C)).fd });
    // SAFETY: the same promise.
    unsafe { abort(C) }
}

/// There is no buffer for what a socket has to say. The connection that holds most bytes is closed, and this one waits. If none
/// holds many, a client's connection is closed; one that this proxy has made waits.
///
/// # Safety
/// A socket's job.
#[cold]
#[inline(never)]
unsafe fn without_buffer(C: *mut AsyncJob, c: *mut SocketInfo) {
    let again = get_utime_monotonic() + LONG_PAUSE;
    let another = close_greatest((again / LONG_PAUSE) as i64);
    // SAFETY: the job's own fields; the connection lives as long as its socket, and its kind does not change.
    unsafe {
        if another || (*ConnectionInfo::of((*c).conn)).basic_type == OUTBOUND {
            (*c).flags.fetch_and(!flag::NO_READ, AcqRel);
            job_timer_insert(C, again);
            return;
        }
        count_shed();
        abort(C);
    }
}

/// Has a message parsed by the connection of a socket. False without memory, and then the message is freed.
///
/// # Safety
/// A socket's job; the message is given away.
#[inline]
unsafe fn hand_over(c: *mut SocketInfo, mut message: RawMessage) -> bool {
    // SAFETY: as the caller promises; the queue lives as long as the connection, and that as long as its socket.
    unsafe {
        let Some(place) = memory::object(message) else {
            rwm_free(&raw mut message);
            return false;
        };
        mpq_push_w((*ConnectionInfo::of((*c).conn)).in_queue.cast(), place.as_ptr().cast(), 0);
        signal((*c).conn, RUN);
    }
    true
}

/// How many messages the connection of a socket has not looked at.
///
/// # Safety
/// A socket's job.
unsafe fn waiting(c: *const SocketInfo) -> c_int {
    // SAFETY: the queue lives as long as the connection, and that as long as its socket.
    unsafe {
        let queue: *const MpQueue = (*ConnectionInfo::of((*c).conn)).in_queue.cast();
        (*queue).taken.semaphore.value.load(Relaxed)
    }
}

/// Reads what a socket has, or as much as one turn may, and has it parsed. Returns 0; 1 if the turn is over and there may be more,
/// for which the job comes again.
///
/// # Safety
/// A socket's job, which the calling thread runs.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn net_server_socket_reader(C: *mut AsyncJob) -> c_int {
    let c = SocketInfo::of(C);
    let mut left = BUFFERS_OF_A_TURN;
    // SAFETY: the job's own fields; the set is this thread's, and nothing of what is called here uses it besides.
    unsafe {
        let flags = &(*c).flags;
        while may_read(flags.load(Acquire)) {
            if left == 0 {
                signal(C, RUN);
                return 1;
            }
            if waiting(c) >= MOST_WAITING {
                job_timer_insert(C, get_utime_monotonic() + PAUSE);
                return 1;
            }
            let Some(set) = own_set() else {
                without_buffer(C, c);
                return 1;
            };
            // Before the read: what epoll tells from now on is not lost.
            flags.fetch_or(flag::NO_READ, AcqRel);
            let offered = offer(usize::try_from((*c).pad).unwrap_or(0), left);
            let got = (*set).read(&messages(), (*c).fd, offered);
            happened(LongCounter::ReadCalls, 1);
            match got {
                Got::Bytes { message, filled, full } => {
                    let bytes = message.total_bytes;
                    vkprintf!(
                        2,
                        c_text!("readv from %d: %d read out of %d\n"),
                        (*c).fd,
                        bytes,
                        2048 * offered as c_int
                    );
                    happened(LongCounter::ReadBytes, bytes.into());
                    left = left.saturating_sub(filled);
                    (*c).pad = filled as c_int;
                    // A read that does not fill what it is offered has read all.
                    if full {
                        flags.fetch_and(!flag::NO_READ, AcqRel);
                    }
                    if !hand_over(c, message) {
                        abort(C);
                        return 1;
                    }
                }
                Got::NoBuffer => {
                    without_buffer(C, c);
                    return 1;
                }
                Got::Lost => {
                    abort(C);
                    return 1;
                }
                Got::Error if errno::get() == libc::EAGAIN => return 0,
                Got::Error if errno::get() == libc::EINTR => {
                    flags.fetch_and(!flag::NO_READ, AcqRel);
                    happened(LongCounter::ReadInterrupted, 1);
                }
                Got::Error | Got::End => {
                    broken(C);
                    return 0;
                }
            }
        }
    }
    0
}

/// Writes what a socket is to send, or as much as there is room for. Returns how many bytes are left.
///
/// # Safety
/// A socket's job, which the calling thread runs.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn net_server_socket_writer(C: *mut AsyncJob) -> c_int {
    let c = SocketInfo::of(C);
    // SAFETY: the job's own fields, and the type's functions; the entries describe the job's own message.
    unsafe {
        let (flags, out) = (&(*c).flags, &raw mut (*c).out);
        let was_above = (*out).total_bytes >= (*c).write_low_watermark;
        let stops = flags.load(Acquire) & flag::STOP_WRITE != 0;
        let mut written = 0;
        while may_write(flags.load(Acquire)) {
            if (*out).total_bytes == 0 {
                flags.fetch_and(!flag::WANT_WRITE, AcqRel);
                break;
            }
            let mut entries = [const { MaybeUninit::<libc::iovec>::uninit() }; MOST_PIECES];
            let mut used = 0;
            let bytes =
                tcp_prepare_iovec(entries.as_mut_ptr().cast(), &raw mut used, MOST_PIECES as c_int, out);
            // Before the write, as in the reader.
            flags.fetch_or(flag::NO_WRITE, AcqRel);
            let result = socket::write_from((*c).fd, entries.as_ptr().cast(), used) as c_int;
            happened(LongCounter::WriteCalls, 1);
            if result <= 0 {
                match errno::get() {
                    libc::EAGAIN if result < 0 => {
                        (*c).eagain_count += 1;
                        if (*c).eagain_count > MOST_REFUSALS {
                            tell_refusals(c);
                            abort(C);
                            return 0;
                        }
                    }
                    libc::EINTR if result < 0 => {
                        flags.fetch_and(!flag::NO_WRITE, AcqRel);
                        happened(LongCounter::WriteInterrupted, 1);
                    }
                    _ => {
                        broken(C);
                        return 0;
                    }
                }
                continue;
            }
            happened(LongCounter::WriteBytes, result.into());
            (*c).eagain_count = 0;
            written += result;
            // A write that takes less has filled the kernel's buffer.
            if result == bytes {
                flags.fetch_and(!flag::NO_WRITE, AcqRel);
            }
            let text = c_text!("send/writev() to %d: %d written out of %d in %d chunks\n");
            vkprintf!(2, text, (*c).fd, result, bytes, used);
            rwm_skip_data(out, result);
            if let Some(data_sent) = (*(*c).r#type).data_sent {
                data_sent(C, result);
            }
        }
        if was_above && (*out).total_bytes < (*c).write_low_watermark {
            if let Some(ready_to_write) = (*(*c).r#type).ready_to_write {
                ready_to_write(C);
            }
        }
        if stops && flags.load(Acquire) & flag::WANT_WRITE == 0 {
            vkprintf!(1, c_text!("Closing write_close socket\n"));
            abort(C);
        }
        let text = c_text!("socket_server_writer: written %d bytes to %d, flags=0x%08x\n");
        vkprintf!(2, text, written, (*c).fd, flags.load(Relaxed));
        (*out).total_bytes
    }
}

/// # Safety
/// A socket's job.
#[cold]
unsafe fn tell_refusals(c: *const SocketInfo) {
    let text = c_text!("Too much EAGAINs for connection %d (%s), dropping\n");
    // SAFETY: a live struct; the format asks for a number and a C string.
    unsafe { kprintf(text.as_ptr(), (*c).fd, address_text((*c).remote_ip, &raw const (*c).remote_ipv6)) };
}

/// Reads and writes what there is. Returns what the socket waits for.
///
/// # Safety
/// A socket's job, which the calling thread runs.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn net_server_socket_read_write(C: *mut AsyncJob) -> c_int {
    let c = SocketInfo::of(C);
    // SAFETY: the job's own fields, and the type's functions; a queue of messages that are the socket's then.
    unsafe {
        let flags = &(*c).flags;
        let before = flags.load(Acquire);
        if before & flag::ERROR != 0 {
            return 0;
        }
        if before & flag::CONNECTED == 0 {
            if before & flag::NO_WRITE != 0 {
                return events(before);
            }
            let (lost, gained) = AT_CONNECT;
            flags.fetch_and(!lost, AcqRel);
            flags.fetch_or(gained, AcqRel);
            let connection = &(*ConnectionInfo::of((*c).conn)).flags;
            connection.fetch_or(flag::READY_PENDING | flag::CONNECTED, AcqRel);
            act((*(*c).r#type).socket_connected, C);
            signal((*c).conn, RUN);
        }
        vkprintf!(2, c_text!("END processing connection %d, flags=%d\n"), (*c).fd, flags.load(Relaxed));
        while may_read(flags.load(Acquire)) && act((*(*c).r#type).socket_reader, C) == 0 {}
        let out = &raw mut (*c).out;
        loop {
            let message = mpq_pop_nw((*c).out_packet_queue.cast(), TRIES);
            if message.is_null() {
                break;
            }
            rwm_union(out, message.cast());
            libc::free(message);
        }
        if (*out).total_bytes != 0 && flags.load(Acquire) & flag::WANT_WRITE == 0 {
            flags.fetch_or(flag::WANT_WRITE, AcqRel);
        }
        while may_write(flags.load(Acquire)) {
            act((*(*c).r#type).socket_writer, C);
        }
        note_output(c);
        events(flags.load(Acquire))
    }
}

/// What the event loop calls for a socket, and for one that listens: notes what it is ready for, and has its job run.
///
/// # Safety
/// Main's thread; `data` is null, or a job of a socket or a listener, and `ev` its slot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn net_server_socket_read_write_gateway(
    _fd: c_int,
    data: *mut c_void,
    ev: *mut EventDescr,
) -> c_int {
    if data.is_null() {
        return REMOVE;
    }
    let C: *mut AsyncJob = data.cast();
    // A listener's first fields are the same.
    let c = SocketInfo::of(C);
    // SAFETY: as the caller promises; the slot has a reference to the job until that is signalled.
    unsafe {
        let (ready, epoll_ready) = ((*ev).ready.get(), (*ev).epoll_ready.get());
        if ready & EVT_FROM_EPOLL != 0 {
            let text = c_text!("fd=%d state=%d ready=%d epoll_ready=%d\n");
            vkprintf!(2, text, (*ev).fd.get(), (*ev).state.get(), ready, epoll_ready);
            (*ev).ready.set(ready & !EVT_FROM_EPOLL);
            let clear = woken((*ev).state.get(), ready);
            if (*c).flags.load(Acquire) & clear != 0 {
                (*c).flags.fetch_and(!clear, AcqRel);
            }
            let heard = heard(epoll_ready);
            if heard != Heard::Ready {
                tell_end(c, heard, epoll_ready);
                signal(C, ABORT);
                return REMOVE;
            }
        }
        signal(C, RUN);
    }
    CONTINUE
}

/// # Safety
/// A live job of a socket or a listener.
#[cold]
#[inline(never)]
unsafe fn tell_end(c: *const SocketInfo, heard: Heard, epoll_ready: c_int) {
    // SAFETY: a live struct, and C strings.
    unsafe {
        if let Heard::Ended { urgent } = heard {
            let text = c_text!("socket #%d: disconnected (epoll_ready=%02x), cleaning\n");
            vkprintf!(c_int::from(!urgent), text, (*c).fd, epoll_ready);
        } else if let Some(error) = socket::get((*c).fd, libc::SOL_SOCKET, libc::SO_ERROR) {
            let text = c_text!("got error for tcp socket #%d, [%s]:%d : %s\n");
            let address = address_text((*c).remote_ip, &raw const (*c).remote_ipv6);
            vkprintf!(1, text, (*c).fd, address, (*c).remote_port, libc::strerror(error));
        }
    }
}

/// The job of a socket.
///
/// # Safety
/// A socket's job, which the calling thread runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn do_socket_connection_job(job: *mut AsyncJob, op: c_int, JT: *mut c_void) -> c_int {
    let _ = JT;
    let c = SocketInfo::of(job);
    // SAFETY: the job's own fields, and the type's functions.
    unsafe {
        let failed = || (*c).flags.load(Acquire) & flag::ERROR != 0;
        match op {
            ABORT => {
                fail_socket_connection(job, SOCKET_FAILED);
                COMPLETED
            }
            ALARM if job_timer_check(job) == 0 => 0,
            RUN | ALARM | AUX if failed() => 0,
            RUN | ALARM => {
                let wanted = act((*(*c).r#type).socket_read_write, job);
                if wanted == (*c).current_epoll_status {
                    return 0;
                }
                (*c).current_epoll_status = wanted;
                SEND_AUX
            }
            AUX => {
                epoll_insert((*c).fd, events((*c).flags.load(Acquire)));
                0
            }
            FINISH => {
                act((*(*c).r#type).socket_free, job);
                job_free(TAG, job)
            }
            _ => JOB_ERROR,
        }
    }
}
