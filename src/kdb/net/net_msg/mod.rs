// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-msg`: messages in parts of buffers. Any thread may use them, one thread a message at a time; messages
//! of several threads may share parts and buffers.
//!
//! What all functions ask for: a message was made by one of them, or by C in the same way, and no other thread uses it; it may
//! be moved by plain copy. A function that is given something else, or a negative number of bytes, ends the process.

mod add;
mod divide;
mod read;
mod show;

use core::{
    ffi::{CStr, c_int},
    ptr,
};

pub use add::*;
pub use divide::*;
pub use read::*;
pub use show::*;

pub use crate::layout::net_msg::{CipherWork, MessageStats, MsgPart, RawMessage};
use crate::{
    kdb::{
        alloc_msg_buffer, free_msg_buffer,
        module_stats::module_stats,
        statics::exported_object,
        support::{c_text, die},
    },
    layout::{
        common_stats::StatsBuffer,
        net_msg::{OWNING, TEMPORARY},
        net_msg_buffers::MsgBuffer,
    },
    runtime::message::{Host, Messages, Refused},
};

module_stats! {
    "raw_msg", MessageStats,
    list: jobs_module_list_stat_raw_msg,
    own: "jobs_module_stat_raw_msg",
    prefix: jobs_module_state_prefix_raw_msg,
    thread_init: jobs_module_thread_init_raw_msg,
    callback: raw_msg_thread_callback,
    register: jobs_module_register_raw_msg,
}

// An empty message. Nobody may change it.
exported_object!("empty_rwm", 32, 32, [".quad 0, 0", ".long 0, 0x23513473, 0, 0"]);

/// The pool of buffers, and how the process ends.
pub(in crate::kdb) struct Pool;

impl Host for Pool {
    #[inline]
    fn allocate(&self, size: c_int) -> *mut MsgBuffer {
        alloc_msg_buffer(ptr::null_mut(), size)
    }

    #[inline]
    unsafe fn free(&self, buffer: *mut MsgBuffer) {
        // SAFETY: the same promise.
        unsafe { free_msg_buffer(buffer) };
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self, why: Refused) -> ! {
        die(sentence(why))
    }
}

fn sentence(why: Refused) -> &'static CStr {
    match why {
        Refused::NotAMessage => c_text!("a message was expected that is alive and owns its bytes"),
        Refused::Negative => c_text!("a number of a message's bytes is negative"),
        Refused::Damaged => c_text!("a message's parts were overwritten"),
        Refused::Itself => c_text!("rwm_union: the message itself"),
        Refused::TooShort => c_text!("a message is shorter than it must be"),
        Refused::Block => c_text!("rwm_encrypt_decrypt_to: a block is 1, 2, 4, 8 or 16 bytes"),
        Refused::NoMemory => c_text!("no memory for a part of a message"),
    }
}

#[inline]
pub(in crate::kdb) fn messages() -> Messages<Pool> {
    Messages { host: Pool, own: MODULE.own() }
}

/// A message to read.
///
/// # Safety
/// `raw` is null, or readable as a message, and this thread's as long as the result is used.
#[inline]
unsafe fn any<'a>(raw: *mut RawMessage) -> &'a mut RawMessage {
    // SAFETY: as the caller promises.
    match unsafe { raw.as_mut() } {
        Some(raw) if raw.magic == OWNING || raw.magic == TEMPORARY => raw,
        _ => Pool.refuse(Refused::NotAMessage),
    }
}

/// A message that owns its bytes.
///
/// # Safety
/// As for [`any`].
#[inline]
unsafe fn owning<'a>(raw: *mut RawMessage) -> &'a mut RawMessage {
    // SAFETY: as the caller promises.
    match unsafe { raw.as_mut() } {
        Some(raw) if raw.magic == OWNING => raw,
        _ => Pool.refuse(Refused::NotAMessage),
    }
}

/// A number of bytes.
#[inline]
fn count(bytes: c_int) -> c_int {
    if bytes < 0 {
        Pool.refuse(Refused::Negative);
    }
    bytes
}

#[inline]
fn with_memory<T>(result: Result<T, crate::runtime::message::NoMemory>) -> T {
    match result {
        Ok(result) => result,
        Err(_) => Pool.refuse(Refused::NoMemory),
    }
}

/// Makes a message of `alloc_bytes` bytes, as [`rwm_push_data`]; `raw` was none. Returns how many it has: where the pool is
/// full, fewer.
///
/// # Safety
/// `raw` is *writable*; as for [`rwm_push_data`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_create(
    raw: *mut RawMessage,
    data: *const core::ffi::c_void,
    alloc_bytes: c_int,
) -> c_int {
    messages().count_messages(1);
    // SAFETY: the same promises.
    unsafe {
        raw.write(RawMessage::empty(OWNING));
        if alloc_bytes == 0 { 0 } else { rwm_push_data(raw, data, alloc_bytes) }
    }
}

/// As [`rwm_create`], of bytes without a value.
///
/// # Safety
/// `raw` is *writable*.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_init(raw: *mut RawMessage, alloc_bytes: c_int) -> c_int {
    // SAFETY: the same promise.
    unsafe { rwm_create(raw, ptr::null(), alloc_bytes) }
}

/// Ends a message, which is zeroed. Returns how many parts were freed.
///
/// # Safety
/// As for all functions of this object.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_free(raw: *mut RawMessage) -> c_int {
    // SAFETY: the same promise.
    unsafe { messages().free(any(raw)) }
}

/// Drops the bytes of a message.
///
/// # Safety
/// As for all functions of this object.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_clear(raw: *mut RawMessage) {
    // SAFETY: the same promise.
    unsafe { messages().clear(any(raw)) }
}

/// Forgets the bytes of a message, whose references the caller has from now on.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_clean(raw: *mut RawMessage) {
    // SAFETY: the same promise.
    unsafe { messages().clean(any(raw)) }
}

/// A part without bytes around a buffer, whose reference it takes over; a neighbour has no effect. Without memory the process
/// ends.
///
/// # Safety
/// `X` is a buffer of the pool, and the reference is the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn new_msg_part(neighbor: *mut MsgPart, X: *mut MsgBuffer) -> *mut MsgPart {
    let _ = neighbor;
    let part = messages().part_of(X);
    if part.is_null() {
        Pool.refuse(Refused::NoMemory);
    }
    part
}

/// Adds how many messages and parts there are. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn raw_msg_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer.
    unsafe { MODULE.page(sb) }
        .int(c_text!("rwm_total_msgs"), |stats| &stats.rwm_total_msgs)
        .int(c_text!("rwm_total_msg_parts"), |stats| &stats.rwm_total_msg_parts)
        .end()
}
