// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-msg-buffers.h`. Of a chunk, C reads `buffer_size` alone; what the other fields mean is ours, where it says so.

use core::{
    ffi::{c_int, c_longlong, c_void},
    ptr,
    sync::atomic::{AtomicI32, AtomicI64, AtomicPtr},
};

/// A buffer, which its bytes follow.
#[repr(C)]
pub struct MsgBuffer {
    pub(crate) chunk: AtomicPtr<MsgBuffersChunk>,
    pub(crate) refcnt: AtomicI32,
    pub(crate) magic: AtomicI32,
}

/// What a buffer's magic says.
pub(crate) const BUFFER_FREE: c_int = 0x4abd_c351;
pub(crate) const BUFFER_USED: c_int = 0x72e3_9317;
/// The reference count of a free buffer: one reference given back too often does not make it 0.
pub(crate) const REFERENCES_OF_A_FREE_ONE: c_int = -0x4000_0000;

/// A chunk, which its buffers follow; or the head of a class, which has the list of the class's chunks.
#[repr(C)]
pub struct MsgBuffersChunk {
    /// A chunk's is [`CHUNK_USED`], or its complement while it is in no list; a head's is the class's lock, and 0 at first.
    pub(crate) magic: AtomicI32,
    pub(crate) buffer_size: AtomicI32,
    pub(crate) free_buffer: AtomicPtr<c_void>,
    /// The next chunk, or null; a head's is the first one. Chunks with free buffers come first.
    pub(crate) ch_next: AtomicPtr<MsgBuffersChunk>,
    /// The chunk before, or null; a head's is the last one.
    pub(crate) ch_prev: AtomicPtr<MsgBuffersChunk>,
    /// A chunk's head; a head's is an empty chunk that the class keeps, or null.
    pub(crate) ch_head: AtomicPtr<MsgBuffersChunk>,
    pub(crate) first_buffer: AtomicPtr<c_void>,
    pub(crate) two_power: AtomicI32,
    pub(crate) tot_buffers: AtomicI32,
    pub(crate) bs_inverse: AtomicI32,
    pub(crate) bs_shift: AtomicI32,
    /// The list of a chunk's free buffers that were in use before; a head's is what threads have given back, and nobody has
    /// sorted yet.
    pub(crate) free_block_queue: AtomicPtr<c_void>,
    pub(crate) thread_class: AtomicI32,
    pub(crate) thread_subclass: AtomicI32,
    pub(crate) refcnt: AtomicI32,
    pub(crate) tot_chunks: AtomicI32,
    pub(crate) free_buffers: AtomicI32,
}

pub(crate) const CHUNK_USED: c_int = 0x5c75_e681;
pub(crate) const CHUNK_IN_NO_LIST: c_int = !CHUNK_USED;

impl MsgBuffersChunk {
    pub(crate) const fn new() -> Self {
        const fn zero() -> AtomicI32 {
            AtomicI32::new(0)
        }
        const fn null<T>() -> AtomicPtr<T> {
            AtomicPtr::new(ptr::null_mut())
        }
        Self {
            magic: zero(),
            buffer_size: zero(),
            free_buffer: null(),
            ch_next: null(),
            ch_prev: null(),
            ch_head: null(),
            first_buffer: null(),
            two_power: zero(),
            tot_buffers: zero(),
            bs_inverse: zero(),
            bs_shift: zero(),
            free_block_queue: null(),
            thread_class: zero(),
            thread_subclass: zero(),
            refcnt: zero(),
            tot_chunks: zero(),
            free_buffers: zero(),
        }
    }
}

/// The state of all buffers, for C.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuffersStat {
    pub(crate) total_used_buffers_size: c_longlong,
    pub(crate) allocated_buffer_bytes: c_longlong,
    pub(crate) buffer_chunk_alloc_ops: c_longlong,
    pub(crate) total_used_buffers: c_int,
    pub(crate) allocated_buffer_chunks: c_int,
    pub(crate) max_allocated_buffer_chunks: c_int,
    pub(crate) max_buffer_chunks: c_int,
    pub(crate) max_allocated_buffer_bytes: c_longlong,
}

/// What one thread has done with buffers: the sums over all threads are what is in use. Its thread writes it, others read it.
#[repr(C)]
pub struct BufferStats {
    pub(crate) total_used_buffers_size: AtomicI64,
    pub(crate) total_used_buffers: AtomicI32,
    pub(crate) allocated_buffer_bytes: AtomicI64,
    pub(crate) buffer_chunk_alloc_ops: AtomicI64,
}

impl BufferStats {
    pub(crate) const fn new() -> Self {
        Self {
            total_used_buffers_size: AtomicI64::new(0),
            total_used_buffers: AtomicI32::new(0),
            allocated_buffer_bytes: AtomicI64::new(0),
            buffer_chunk_alloc_ops: AtomicI64::new(0),
        }
    }
}
