// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-msg-buffers`: buffers for messages, which all threads take and free.
//!
//! Neighbours and chunks, which a caller may name to get a buffer near to them, have no effect.

use core::{
    ffi::{c_int, c_long},
    ptr::{self, NonNull},
    sync::atomic::{AtomicI32, AtomicI64, Ordering::Relaxed},
};

pub use crate::layout::net_msg_buffers::{BufferStats, BuffersStat, MsgBuffer, MsgBuffersChunk};
use crate::{
    kdb::{
        module_stats::module_stats,
        statics::{exported_object, exported_thread_local},
        support::{c_text, die, vkprintf},
    },
    layout::{
        common_stats::StatsBuffer,
        net_msg_buffers::{BUFFER_USED, CHUNK_IN_NO_LIST},
    },
    runtime::buffers::{Buffers, CHUNK_BYTES, Class, Heads, Lent, Own},
    sync::thread_local_address,
};

/// The classes, with their chunks.
#[unsafe(no_mangle)]
pub static ChunkHeaders: Heads = Heads::new();

/// How many classes there are: 0 until the first use.
#[unsafe(no_mangle)]
pub static buffer_size_values: AtomicI32 = AtomicI32::new(0);

/// Chunks there are.
#[unsafe(no_mangle)]
pub static allocated_buffer_chunks: AtomicI32 = AtomicI32::new(0);

/// The most chunks there were.
#[unsafe(no_mangle)]
pub static max_allocated_buffer_chunks: AtomicI32 = AtomicI32::new(0);

/// The most chunks there may be: none until [`init_msg_buffers`].
#[unsafe(no_mangle)]
pub static max_buffer_chunks: AtomicI32 = AtomicI32::new(0);

/// How much memory buffers may take, in bytes. An option of the host sets it, and [`init_msg_buffers`].
#[unsafe(no_mangle)]
pub static max_allocated_buffer_bytes: AtomicI64 = AtomicI64::new(0);

/// Unused, as in the original.
#[unsafe(no_mangle)]
pub static rwm_peak_recovery: AtomicI32 = AtomicI32::new(0);

// The sizes, and how many there are; nothing reads them. Per thread, and unused: threads keep buffers, not chunks.
exported_object!("default_buffer_sizes", 16, 20, [".long 48, 512, 2048, 16384, 262144"]);
exported_object!("default_buffer_sizes_cnt", 16, 4, [".long 5"]);
exported_thread_local!("ChunkSave", "128");

// Per thread, and not exported: what it keeps.
exported_thread_local!("mtproxy_kdb_own_buffers", "88");
const _: () = assert!(size_of::<Own>() <= 88);

module_stats! {
    "raw_msg_buffer", BufferStats,
    list: jobs_module_list_stat_raw_msg_buffer,
    own: "jobs_module_stat_raw_msg_buffer",
    prefix: jobs_module_state_prefix_raw_msg_buffer,
    thread_init: jobs_module_thread_init_raw_msg_buffer,
    callback: raw_msg_buffer_thread_callback,
    register: jobs_module_register_raw_msg_buffer,
}

static LENT: Lent = Lent {
    heads: &ChunkHeaders,
    ready: &buffer_size_values,
    allocated: &allocated_buffer_chunks,
    most_allocated: &max_allocated_buffer_chunks,
    most: &max_buffer_chunks,
    own: || thread_local_address!("mtproxy_kdb_own_buffers").cast(),
    stats: || MODULE.own(),
};

static BUFFERS: Buffers = Buffers { lent: &LENT };

/// Whether there may be one more chunk, of 2 MiB.
#[inline]
pub(in crate::kdb) fn pool_may_grow() -> bool {
    allocated_buffer_chunks.load(Relaxed) < max_buffer_chunks.load(Relaxed)
}

/// What [`init_msg_buffers`] takes where the host has no wish, and the most that it takes.
const DEFAULT_BYTES: i64 = 1 << 28;
const MOST_BYTES: i64 = 1 << 40;

/// Makes the classes ready. Where they are, it ends the process.
#[unsafe(no_mangle)]
pub extern "C" fn init_buffer_chunk_headers() {
    if buffer_size_values.load(Relaxed) != 0 {
        die(c_text!("init_buffer_chunk_headers: it was called before"));
    }
    LENT.make_ready();
}

/// Sets how many bytes all buffers may take; 0 stands for the value of `max_allocated_buffer_bytes`, or for 256 MiB if that
/// is 0. Returns 1. A number that is negative, above 2^40, or below what is allocated and in use, ends the process.
#[unsafe(no_mangle)]
#[inline(never)]
#[allow(clippy::useless_conversion, reason = "a long has 32 bits on some machines")]
pub extern "C" fn init_msg_buffers(max_buffer_bytes: c_long) -> c_int {
    let wish = match i64::from(max_buffer_bytes) {
        0 => max_allocated_buffer_bytes.load(Relaxed),
        wish => wish,
    };
    let bytes = if wish == 0 { DEFAULT_BYTES } else { wish };
    if !(0..=MOST_BYTES).contains(&bytes) {
        die(c_text!("init_msg_buffers: the size of the buffers is negative, or above 2^40"));
    }
    let allocated = || i64::from(allocated_buffer_chunks.load(Relaxed)) * CHUNK_BYTES as i64;
    if bytes < allocated() {
        BUFFERS.give_up_what_is_kept();
        if bytes < allocated() {
            die(c_text!("init_msg_buffers: more is allocated already"));
        }
    }
    max_allocated_buffer_bytes.store(bytes, Relaxed);
    max_buffer_chunks.store((bytes / CHUNK_BYTES as i64) as c_int, Relaxed);
    LENT.make_ready();
    1
}

#[inline]
fn allocate(class: Class) -> *mut MsgBuffer {
    let Some(buffer) = BUFFERS.allocate(class) else { return ptr::null_mut() };
    let own = MODULE.own();
    own.add_long(|stats| &stats.total_used_buffers_size, i64::from(class.size()));
    own.add_int(|stats| &stats.total_used_buffers, 1);
    buffer.as_ptr()
}

/// A buffer of the smallest class that holds so many bytes, or of the largest, with one reference. Null where there is no
/// memory, or no chunk more may be allocated.
#[unsafe(no_mangle)]
pub extern "C" fn alloc_msg_buffer(neighbor: *mut MsgBuffer, size_hint: c_int) -> *mut MsgBuffer {
    let _ = neighbor;
    allocate(Class::for_bytes(size_hint))
}

fn class_of_head(CH: *const MsgBuffersChunk) -> Class {
    ChunkHeaders.class_of(CH).unwrap_or_else(|| die(c_text!("a class of buffers was expected")))
}

/// As [`alloc_msg_buffer`], of the class of a head.
#[unsafe(no_mangle)]
pub extern "C" fn alloc_msg_buffer_internal(
    neighbor: *mut MsgBuffer,
    CH: *mut MsgBuffersChunk,
    C_hint: *mut MsgBuffersChunk,
    si: c_int,
) -> *mut MsgBuffer {
    let _ = (neighbor, C_hint, si);
    allocate(class_of_head(CH))
}

/// Frees a buffer without references. Returns 1. Never waits. What is no buffer in use ends the process.
///
/// # Safety
/// `X` is from [`alloc_msg_buffer`], and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_msg_buffer(X: *mut MsgBuffer) -> c_int {
    let Some(buffer) = NonNull::new(X) else { no_buffer() };
    // SAFETY: as the caller promises.
    let header = unsafe { buffer.as_ref() };
    let magic = header.magic.load(Relaxed);
    if magic != BUFFER_USED || header.refcnt.load(Relaxed) != 0 {
        not_to_be_freed(magic);
    }
    // SAFETY: a buffer in use is in a chunk, which has the size of its class.
    let size = unsafe { (*header.chunk.load(Relaxed)).buffer_size.load(Relaxed) };
    let own = MODULE.own();
    own.add_long(|stats| &stats.total_used_buffers_size, -i64::from(size));
    own.add_int(|stats| &stats.total_used_buffers, -1);
    // SAFETY: as the caller promises, and as checked.
    unsafe { BUFFERS.free(buffer, Class::for_bytes(size)) };
    1
}

#[cold]
#[inline(never)]
fn not_to_be_freed(magic: c_int) -> ! {
    if magic != BUFFER_USED {
        vkprintf!(0, c_text!("magic = 0x%08x\n"), magic);
        no_buffer();
    }
    die(c_text!("free_msg_buffer: the buffer has references"))
}

#[cold]
fn no_buffer() -> ! {
    die(c_text!("free_msg_buffer: it is no buffer in use"))
}

/// As [`free_msg_buffer`]; a buffer of another chunk ends the process.
///
/// # Safety
/// As for [`free_msg_buffer`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_std_msg_buffer(C: *mut MsgBuffersChunk, X: *mut MsgBuffer) -> c_int {
    // SAFETY: as the caller promises.
    if unsafe { X.as_ref() }.is_none_or(|buffer| buffer.chunk.load(Relaxed) != C) {
        die(c_text!("free_std_msg_buffer: a buffer of that chunk was expected"));
    }
    // SAFETY: the same promise.
    unsafe { free_msg_buffer(X) }
}

/// A new chunk of a class, of which nobody takes buffers; null where [`alloc_msg_buffer`] would give none.
#[unsafe(no_mangle)]
pub extern "C" fn alloc_new_msg_buffers_chunk(CH: *mut MsgBuffersChunk) -> *mut MsgBuffersChunk {
    BUFFERS.separate_chunk(class_of_head(CH)).map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Gives a chunk of [`alloc_new_msg_buffers_chunk`] back. Another one ends the process.
///
/// # Safety
/// `C` is a chunk that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_msg_buffers_chunk(C: *mut MsgBuffersChunk) {
    // SAFETY: as the caller promises.
    let head = unsafe { C.as_ref() }.map_or(ptr::null_mut(), |chunk| chunk.ch_head.load(Relaxed));
    // SAFETY: the same promise.
    unsafe { free_msg_buffers_chunk_internal(C, head) }
}

/// As [`free_msg_buffers_chunk`]; `CH` is the head of the chunk's class.
///
/// # Safety
/// As for [`free_msg_buffers_chunk`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_msg_buffers_chunk_internal(C: *mut MsgBuffersChunk, CH: *mut MsgBuffersChunk) {
    // SAFETY: as the caller promises.
    let chunk = unsafe { C.as_ref() };
    let is_separate = |chunk: &MsgBuffersChunk| {
        chunk.magic.load(Relaxed) == CHUNK_IN_NO_LIST && chunk.ch_head.load(Relaxed) == CH
    };
    let (true, Some(chunk)) = (chunk.is_some_and(is_separate), NonNull::new(C)) else {
        die(c_text!("free_msg_buffers_chunk: a new chunk of that class was expected"))
    };
    // SAFETY: from `alloc_new_msg_buffers_chunk`, and nobody uses it.
    unsafe { BUFFERS.free_separate_chunk(chunk, class_of_head(CH)) }
}

// ---- statistics ----

fn used_bytes() -> i64 {
    MODULE.sum_long(|stats| &stats.total_used_buffers_size)
}

fn most_bytes() -> i64 {
    max_allocated_buffer_bytes.load(Relaxed)
}

/// 1 if so much of what buffers may take is in use, or more, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn msg_buffer_reach_limit(ratio: f64) -> c_int {
    (used_bytes() as f64 >= ratio * most_bytes() as f64).into()
}

/// How much of what buffers may take is in use; not a number before [`init_msg_buffers`].
#[unsafe(no_mangle)]
pub extern "C" fn msg_buffer_usage() -> f64 {
    used_bytes() as f64 / most_bytes() as f64
}

/// Writes the state of all buffers.
///
/// # Safety
/// `bs` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fetch_buffers_stat(bs: *mut BuffersStat) {
    let allocated = allocated_buffer_chunks.load(Relaxed);
    // The host asks about each second: often enough for chunks that are nearly empty.
    if allocated > Class::ALL.len() as c_int {
        BUFFERS.ask_to_give_back();
    }
    let state = BuffersStat {
        total_used_buffers_size: used_bytes(),
        allocated_buffer_bytes: MODULE.sum_long(|stats| &stats.allocated_buffer_bytes),
        buffer_chunk_alloc_ops: MODULE.sum_long(|stats| &stats.buffer_chunk_alloc_ops),
        total_used_buffers: MODULE.sum_int(|stats| &stats.total_used_buffers),
        allocated_buffer_chunks: allocated,
        max_allocated_buffer_chunks: max_allocated_buffer_chunks.load(Relaxed),
        max_buffer_chunks: max_buffer_chunks.load(Relaxed),
        max_allocated_buffer_bytes: most_bytes(),
    };
    // SAFETY: as the caller promises.
    unsafe { bs.write(state) };
}

/// Adds the state of all buffers. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn raw_msg_buffer_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer.
    unsafe { MODULE.page(sb) }
        .long(c_text!("total_used_buffers_size"), |stats| &stats.total_used_buffers_size)
        .int(c_text!("total_used_buffers"), |stats| &stats.total_used_buffers)
        .long(c_text!("allocated_buffer_bytes"), |stats| &stats.allocated_buffer_bytes)
        .long(c_text!("buffer_chunk_alloc_ops"), |stats| &stats.buffer_chunk_alloc_ops)
        .number(c_text!("allocated_buffer_chunks"), allocated_buffer_chunks.load(Relaxed))
        .number(c_text!("max_allocated_buffer_chunks"), max_allocated_buffer_chunks.load(Relaxed))
        .number(c_text!("max_buffer_chunks"), max_buffer_chunks.load(Relaxed))
        .long_number(c_text!("max_allocated_buffer_bytes"), most_bytes())
        .end()
}
