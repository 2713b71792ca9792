// SPDX-License-Identifier: LGPL-2.0-or-later
//! A connection of the host's that speaks RPC.

use core::{
    ffi::{CStr, c_int},
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

use crate::{
    kdb::{
        crc32_partial, rwm_custom_crc32, rwm_push_data, rwm_push_data_front, show_ip, show_ipv6,
        support::{c_text, die, vkprintf},
        upcalls::job_incref,
        verbosity,
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{ConnFunctions, ConnectionInfo},
        net_msg::RawMessage,
        net_tcp_rpc_common::{Checksum, RpcData},
    },
    rpc::frame_head,
};

/// `JS_RUN`.
pub(super) const RUN: c_int = 0;
/// What a reference is handed over with.
pub(super) const TAG: c_int = 1;

/// A connection whose job the calling thread has locked, or which is only queued to.
#[derive(Clone, Copy)]
pub(super) struct RpcConnection {
    job: *mut AsyncJob,
}

impl RpcConnection {
    /// # Safety
    /// `job` is a connection's, alive as long as the result is used, whose `custom_data` holds a `tcp_rpc_data`. But for what
    /// says otherwise, this thread has locked it.
    pub(super) unsafe fn new(job: *mut AsyncJob) -> Self {
        Self { job }
    }

    pub(super) fn job(self) -> *mut AsyncJob {
        self.job
    }

    pub(super) fn info(self) -> *mut ConnectionInfo {
        ConnectionInfo::of(self.job)
    }

    pub(super) fn data<'a>(self) -> &'a RpcData {
        // SAFETY: alive and aligned, as `new` asks and the struct's asserts say; the words that other threads use are atomic.
        unsafe { &*RpcData::of(self.info()) }
    }

    /// The type of the connection, which the host may replace.
    pub(super) fn functions(self) -> *mut ConnFunctions {
        // SAFETY: a field of a live struct.
        unsafe { (*self.info()).r#type }
    }

    /// A new reference to the connection, to hand over.
    pub(super) fn reference(self) -> *mut AsyncJob {
        // SAFETY: a live job, as `new` asks.
        unsafe { job_incref(self.job) }
    }

    pub(super) fn set_checksum(self, checksum: Checksum) {
        // SAFETY: writable, as `new` asks; unaligned.
        unsafe { RpcData::checksum_place(self.info()).write_unaligned(Some(checksum)) }
    }

    /// The checksum of a message's first bytes.
    ///
    /// # Safety
    /// `raw` is a message, with so many bytes.
    pub(super) unsafe fn checksum(self, raw: *mut RawMessage, len: c_int) -> u32 {
        // SAFETY: readable, as `new` asks, and unaligned; the host's variable, which is set before there are threads; the
        // function may be called.
        unsafe {
            let own = RpcData::checksum_place(self.info()).read_unaligned();
            rwm_custom_crc32(raw, len, own.unwrap_or(crc32_partial))
        }
    }

    /// Logs a sentence with the connection's number and ends, of which ours is the first if `ours_first`, and a number.
    #[cold]
    #[inline(never)]
    pub(super) fn tell_of_ends(self, level: c_int, format: &CStr, ours_first: bool, number: c_int) {
        if verbosity.load(Relaxed) < level {
            return;
        }
        let info = self.info();
        // SAFETY: fields of a live struct.
        let (fd, ours, theirs) = unsafe {
            let text = |ip, ipv6| if ip != 0 { show_ip(ip) } else { show_ipv6(ipv6) };
            let ours = (text((*info).our_ip, &raw const (*info).our_ipv6), (*info).our_port);
            let theirs = (text((*info).remote_ip, &raw const (*info).remote_ipv6), (*info).remote_port);
            ((*info).fd, ours, theirs)
        };
        let ((from, from_port), (to, to_port)) = if ours_first { (ours, theirs) } else { (theirs, ours) };
        vkprintf!(level, format, fd, from, from_port, to, to_port, number);
    }

    /// Makes a packet a frame.
    ///
    /// # Safety
    /// `raw` is a message of this thread's.
    #[inline(never)]
    pub(super) unsafe fn frame(self, raw: *mut RawMessage) {
        // SAFETY: the same promise; what is added is readable.
        unsafe {
            let head = frame_head((*raw).total_bytes, count_up(&self.data().out_packet_num));
            let mut added = rwm_push_data_front(raw, head.as_ptr().cast(), 8);
            let checksum = self.checksum(raw, (*raw).total_bytes);
            added += rwm_push_data(raw, (&raw const checksum).cast(), 4);
            if added != 12 {
                die(c_text!("no memory for a frame of RPC"));
            }
        }
    }
}

/// Counts a number up that one thread writes. Returns what it was.
pub(super) fn count_up(number: &AtomicI32) -> i32 {
    let was = number.load(Relaxed);
    number.store(was.wrapping_add(1), Relaxed);
    was
}
