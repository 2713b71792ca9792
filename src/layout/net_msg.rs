// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-msg.h`. C builds chains of parts by hand, and moves messages by plain copy: nothing may know a message's address.

use core::{
    ffi::{c_int, c_void},
    ptr,
    sync::atomic::{AtomicI32, AtomicPtr},
};

use super::net_msg_buffers::MsgBuffer;

/// A message: a window on a chain of parts.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawMessage {
    /// Counts as a reference.
    pub(crate) first: *mut MsgPart,
    /// Counts as none.
    pub(crate) last: *mut MsgPart,
    pub(crate) total_bytes: c_int,
    pub(crate) magic: c_int,
    /// Where the bytes start in the first part's buffer, and end in the last one's.
    pub(crate) first_offset: c_int,
    pub(crate) last_offset: c_int,
}

/// A message that owns its chain.
pub(crate) const OWNING: c_int = 0x2351_3473;
/// A message that owns nothing, of another's chain.
pub(crate) const TEMPORARY: c_int = 0x52a7_17f3;

impl RawMessage {
    /// An empty message; one that there is none of has a magic of 0.
    pub(crate) const fn empty(magic: c_int) -> Self {
        Self {
            first: ptr::null_mut(),
            last: ptr::null_mut(),
            total_bytes: 0,
            magic,
            first_offset: 0,
            last_offset: 0,
        }
    }
}

/// A part of a chain: a window on a buffer. Messages that were cloned or split share parts, also between threads.
#[repr(C)]
pub struct MsgPart {
    pub(crate) refcnt: AtomicI32,
    pub(crate) magic: AtomicI32,
    /// The next part, which this one has a reference to.
    pub(crate) next: AtomicPtr<MsgPart>,
    /// The buffer, which this part has a reference to.
    pub(crate) part: AtomicPtr<MsgBuffer>,
    pub(crate) offset: AtomicI32,
    pub(crate) data_end: AtomicI32,
}

/// A part; and one to which a thread is about to add.
pub(crate) const PART: c_int = 0x0834_1aa7;
pub(crate) const LOCKED_PART: c_int = !PART;

/// A cipher at work, for `rwm_process_encrypt_decrypt`.
#[repr(C, align(16))]
pub struct CipherWork {
    /// How many bytes of a block are in `buf`.
    pub(crate) bp: c_int,
    /// What the last buffer of `raw` has room for; not looked at.
    pub(crate) buf_left: c_int,
    /// How many bytes are still to come out.
    pub(crate) left: c_int,
    pub(crate) block_size: c_int,
    /// Where they go.
    pub(crate) raw: *mut RawMessage,
    pub(crate) evp_ctx: *mut c_void,
    pub(crate) buf: [u8; 16],
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<CipherWork>() == 48 && align_of::<CipherWork>() == 16);
    assert!(offset_of!(CipherWork, raw) == 16 && offset_of!(CipherWork, evp_ctx) == 24);
    assert!(offset_of!(CipherWork, buf) == 32);
};

/// What one thread has done with messages, and the parts that it keeps for later. Its thread writes it, others read the counts.
#[repr(C)]
pub struct MessageStats {
    pub(crate) rwm_total_msgs: AtomicI32,
    pub(crate) rwm_total_msg_parts: AtomicI32,
    /// A list of parts, and how many.
    pub(crate) spare: AtomicPtr<MsgPart>,
    pub(crate) spares: AtomicI32,
}

impl MessageStats {
    pub(crate) const fn new() -> Self {
        Self {
            rwm_total_msgs: AtomicI32::new(0),
            rwm_total_msg_parts: AtomicI32::new(0),
            spare: AtomicPtr::new(ptr::null_mut()),
            spares: AtomicI32::new(0),
        }
    }
}
