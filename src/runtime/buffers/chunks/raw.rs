// SPDX-License-Identifier: LGPL-2.0-or-later
//! The chunks of a class. Its list has those with free buffers in front; of these, the one that was full last comes first, so
//! that chunks with few used buffers are left to become empty.
//!
//! All fields but a head's lock and stack are used under the class's lock, or before the chunk is in a list; they are atomics
//! because C could look at them, and all orders are relaxed.

use core::{
    cell::Cell,
    ffi::c_void,
    ptr::{self, NonNull},
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

use crate::{
    layout::net_msg_buffers::{
        BUFFER_FREE, CHUNK_IN_NO_LIST, CHUNK_USED, MsgBuffer, MsgBuffersChunk, REFERENCES_OF_A_FREE_ONE,
    },
    runtime::{
        buffers::{CHUNK_BYTES, Class, Lent, returned},
        queue::CoreMemory,
    },
    sys::memory,
};

/// A chunk: what C knows of it, and ours. The buffers begin at the next cache line.
#[repr(C)]
struct Chunk {
    shared: MsgBuffersChunk,
    /// How many buffers were ever in use: those behind them were never touched, and take no memory.
    touched: AtomicI32,
}

const HEADER: usize = size_of::<MsgBuffer>();

const _: () = {
    let mut at = 0;
    while at < Class::ALL.len() {
        let class = Class::ALL[at]; // while compiling
        let buffers = class.in_chunk() as usize * (class.size() as usize + HEADER);
        assert!(size_of::<Chunk>().next_multiple_of(64) + 64 + buffers <= CHUNK_BYTES);
        at += 1;
    }
};

/// Where a free buffer has the one below it: in its first bytes, which are aligned as a pointer is, because sizes and headers
/// are.
///
/// # Safety
/// `buffer` is free, and the caller's alone; and so for `set_below`.
#[inline]
pub(crate) unsafe fn below(buffer: NonNull<MsgBuffer>) -> *mut MsgBuffer {
    // SAFETY: the bytes behind the header are the buffer's, 48 at least.
    unsafe { buffer.add(1).cast().read() }
}

/// # Safety
/// As for [`below`].
#[inline]
pub(crate) unsafe fn set_below(buffer: NonNull<MsgBuffer>, below: *mut MsgBuffer) {
    // SAFETY: as above.
    unsafe { buffer.add(1).cast().write(below) }
}

/// Free buffers below each other.
#[derive(Clone, Copy)]
pub(crate) struct Chain {
    pub(crate) first: NonNull<MsgBuffer>,
    pub(crate) last: NonNull<MsgBuffer>,
    pub(crate) count: u32,
}

/// A class during a call.
pub(crate) struct Chunks {
    lent: &'static Lent,
    class: Class,
    head: &'static MsgBuffersChunk,
    /// Chunks that became empty and are too many, by `ch_next`: they are given back when the lock is free.
    emptied: Cell<*mut MsgBuffersChunk>,
}

impl Chunks {
    pub(crate) fn of(lent: &'static Lent, class: Class) -> Self {
        Self { lent, class, head: lent.heads.of(class), emptied: Cell::new(ptr::null_mut()) }
    }

    fn shared(&self) -> returned::Class<'_, Self> {
        returned::Class { lock: &self.head.magic, returned: &self.head.free_block_queue, items: self }
    }

    /// Takes up to `count` free buffers; none where there is no memory, or where there may be no further chunk. `spare` is an
    /// empty chunk of another class, which the class takes over.
    #[inline(never)]
    pub(crate) fn take(&self, count: u32, spare: Option<NonNull<MsgBuffersChunk>>) -> Option<Chain> {
        let chain = self.shared().alone(|| {
            if let Some(spare) = spare {
                self.adopt(spare);
            }
            let mut chain: Option<Chain> = None;
            while chain.is_none_or(|chain| chain.count < count) {
                let Some(chunk) = self.chunk_with_free_buffer(chain.is_none()) else { break };
                let taken = self.take_from(chunk);
                match &mut chain {
                    None => chain = Some(Chain { first: taken, last: taken, count: 1 }),
                    Some(chain) => {
                        // SAFETY: free, and taken by this call.
                        unsafe { set_below(chain.last, taken.as_ptr()) };
                        chain.last = taken;
                        chain.count += 1;
                    }
                }
            }
            if let Some(chain) = chain {
                // SAFETY: as above.
                unsafe { set_below(chain.last, ptr::null_mut()) };
            }
            chain
        });
        self.free_emptied();
        chain
    }

    /// Gives back what `take` has taken.
    ///
    /// # Safety
    /// The buffers are this class's, free, and the caller's alone, who uses them no longer. There is none below the last.
    #[inline(never)]
    pub(crate) unsafe fn give_back(&self, chain: Chain) {
        // SAFETY: as the caller promises.
        unsafe { self.shared().give_back(chain.first.cast(), chain.last.cast()) };
        self.free_emptied();
    }

    /// Takes the empty chunk that the class keeps.
    #[inline(never)]
    pub(crate) fn take_kept(&self) -> Option<NonNull<MsgBuffersChunk>> {
        let kept = self.shared().alone(|| NonNull::new(self.head.ch_head.swap(ptr::null_mut(), Relaxed)));
        self.free_emptied();
        kept
    }

    /// Gives the empty chunk that the class keeps to the allocator.
    #[inline(never)]
    pub(crate) fn free_kept(&self) {
        if let Some(kept) = self.take_kept() {
            // SAFETY: it was the class's, empty and in no list.
            unsafe { self.free(kept) };
        }
    }

    /// A new chunk, in no list.
    #[inline(never)]
    pub(crate) fn separate_chunk(&self) -> Option<NonNull<MsgBuffersChunk>> {
        if !self.lent.reserve_chunk() {
            return None;
        }
        let Some(place) = memory::allocate(CHUNK_BYTES) else {
            self.lent.give_chunk_back();
            return None;
        };
        let stats = (self.lent.stats)();
        stats.add_long(|stats| &stats.allocated_buffer_bytes, CHUNK_BYTES as i64);
        stats.add_long(|stats| &stats.buffer_chunk_alloc_ops, 1);
        let chunk: NonNull<Chunk> = place.cast();
        // SAFETY: memory of that size, aligned for pointers.
        unsafe { chunk.write(Chunk { shared: MsgBuffersChunk::new(), touched: AtomicI32::new(0) }) };
        let chunk = chunk.cast();
        self.make_ready(chunk);
        Some(chunk)
    }

    /// Gives an empty chunk to the allocator.
    ///
    /// # Safety
    /// It is from [`Self::separate_chunk`] or was in a list, is in none now, and nobody uses it or a buffer of it.
    pub(crate) unsafe fn free(&self, chunk: NonNull<MsgBuffersChunk>) {
        // SAFETY: as the caller promises.
        unsafe {
            chunk.as_ref().magic.store(0, Relaxed);
            memory::free(chunk.cast());
        }
        let stats = (self.lent.stats)();
        stats.add_long(|stats| &stats.allocated_buffer_bytes, -(CHUNK_BYTES as i64));
        self.lent.give_chunk_back();
    }

    fn free_emptied(&self) {
        while let Some(chunk) = NonNull::new(self.emptied.get()) {
            // SAFETY: this call took it out of the list when it was empty.
            unsafe {
                self.emptied.set(chunk.as_ref().ch_next.load(Relaxed));
                self.free(chunk);
            }
        }
    }

    /// Makes an empty chunk, in no list, one of this class.
    fn make_ready(&self, chunk: NonNull<MsgBuffersChunk>) {
        let at = chunk.cast::<Chunk>();
        // SAFETY: behind the header, in the chunk's memory.
        let first = unsafe {
            let behind = at.add(1).cast::<c_void>();
            behind.byte_add(behind.align_offset(64))
        };
        // SAFETY: a live chunk, which this thread alone has.
        let (chunk, touched) = unsafe { (&at.as_ref().shared, &at.as_ref().touched) };
        chunk.magic.store(CHUNK_IN_NO_LIST, Relaxed);
        chunk.buffer_size.store(self.class.size(), Relaxed);
        chunk.ch_next.store(ptr::null_mut(), Relaxed);
        chunk.ch_prev.store(ptr::null_mut(), Relaxed);
        chunk.ch_head.store(ptr::from_ref(self.head).cast_mut(), Relaxed);
        chunk.first_buffer.store(first.as_ptr(), Relaxed);
        chunk.tot_buffers.store(self.class.in_chunk(), Relaxed);
        chunk.free_buffers.store(self.class.in_chunk(), Relaxed);
        chunk.free_block_queue.store(ptr::null_mut(), Relaxed);
        touched.store(0, Relaxed);
    }

    // ---- with the lock ----

    /// A chunk of the list, in which there is a free buffer; with `or_further`, else one that the class gets.
    fn chunk_with_free_buffer(&self, or_further: bool) -> Option<NonNull<MsgBuffersChunk>> {
        let first = NonNull::new(self.head.ch_next.load(Relaxed));
        // SAFETY: a chunk of the list.
        let usable = first.filter(|first| unsafe { first.as_ref() }.free_buffers.load(Relaxed) > 0);
        if usable.is_some() || !or_further {
            return usable;
        }
        let kept = NonNull::new(self.head.ch_head.swap(ptr::null_mut(), Relaxed));
        let further = kept.or_else(|| self.separate_chunk())?;
        self.put_in_front(further);
        Some(further)
    }

    /// An empty chunk of another class.
    fn adopt(&self, chunk: NonNull<MsgBuffersChunk>) {
        self.make_ready(chunk);
        self.put_in_front(chunk);
    }

    fn take_from(&self, chunk: NonNull<MsgBuffersChunk>) -> NonNull<MsgBuffer> {
        let at = chunk.cast::<Chunk>();
        // SAFETY: a chunk of the list.
        let (shared, touched) = unsafe { (&at.as_ref().shared, &at.as_ref().touched) };
        let buffer = match NonNull::new(shared.free_block_queue.load(Relaxed)) {
            Some(buffer) => {
                let buffer = buffer.cast();
                // SAFETY: free, and in the chunk's own list.
                shared.free_block_queue.store(unsafe { below(buffer) }.cast(), Relaxed);
                buffer
            }
            None => self.untouched(shared, touched, chunk),
        };
        let left = shared.free_buffers.load(Relaxed) - 1;
        shared.free_buffers.store(left, Relaxed);
        self.count(0, -1);
        if left == 0 {
            self.take_out(chunk);
            self.put_at_end(chunk);
        }
        buffer
    }

    /// The first buffer that was never in use: there is one, because one is free and none is in the chunk's list.
    fn untouched(
        &self,
        shared: &MsgBuffersChunk,
        touched: &AtomicI32,
        chunk: NonNull<MsgBuffersChunk>,
    ) -> NonNull<MsgBuffer> {
        let number = touched.load(Relaxed);
        touched.store(number + 1, Relaxed);
        let offset = number as usize * (self.class.size() as usize + HEADER);
        // SAFETY: in the chunk's memory, because fewer are touched than there are; aligned, because sizes and headers are.
        unsafe {
            let first = NonNull::new_unchecked(shared.first_buffer.load(Relaxed));
            let buffer: NonNull<MsgBuffer> = first.byte_add(offset).cast();
            buffer.write(MsgBuffer {
                chunk: chunk.as_ptr().into(),
                refcnt: AtomicI32::new(REFERENCES_OF_A_FREE_ONE),
                magic: AtomicI32::new(BUFFER_FREE),
            });
            buffer
        }
    }

    /// The numbers of the class, for who looks at its head.
    fn count(&self, chunks: i32, free_buffers: i32) {
        let add = |number: &AtomicI32, change: i32| number.store(number.load(Relaxed) + change, Relaxed);
        add(&self.head.tot_chunks, chunks);
        add(&self.head.tot_buffers, chunks * self.class.in_chunk());
        add(&self.head.free_buffers, free_buffers);
    }

    /// The chunk's links are not in use: a chunk that gets buffers again, or an empty one.
    fn put_in_front(&self, chunk: NonNull<MsgBuffersChunk>) {
        // SAFETY: a live chunk.
        let shared = unsafe { chunk.as_ref() };
        if shared.magic.swap(CHUNK_USED, Relaxed) == CHUNK_IN_NO_LIST {
            self.count(1, self.class.in_chunk());
        }
        let next = self.head.ch_next.swap(chunk.as_ptr(), Relaxed);
        shared.ch_next.store(next, Relaxed);
        shared.ch_prev.store(ptr::null_mut(), Relaxed);
        // SAFETY: a chunk of the list, or null.
        let next_chunk = unsafe { next.as_ref() };
        next_chunk.map_or(&self.head.ch_prev, |next| &next.ch_prev).store(chunk.as_ptr(), Relaxed);
    }

    fn put_at_end(&self, chunk: NonNull<MsgBuffersChunk>) {
        // SAFETY: a live chunk.
        let shared = unsafe { chunk.as_ref() };
        let before = self.head.ch_prev.swap(chunk.as_ptr(), Relaxed);
        shared.ch_next.store(ptr::null_mut(), Relaxed);
        shared.ch_prev.store(before, Relaxed);
        // SAFETY: a chunk of the list, or null.
        let chunk_before = unsafe { before.as_ref() };
        chunk_before.map_or(&self.head.ch_next, |before| &before.ch_next).store(chunk.as_ptr(), Relaxed);
    }

    fn take_out(&self, chunk: NonNull<MsgBuffersChunk>) {
        // SAFETY: a chunk of the list.
        let shared = unsafe { chunk.as_ref() };
        let (next, before) = (shared.ch_next.load(Relaxed), shared.ch_prev.load(Relaxed));
        // SAFETY: chunks of the list, or null.
        let (next_chunk, chunk_before) = unsafe { (next.as_ref(), before.as_ref()) };
        chunk_before.map_or(&self.head.ch_next, |before| &before.ch_next).store(next, Relaxed);
        next_chunk.map_or(&self.head.ch_prev, |next| &next.ch_prev).store(before, Relaxed);
    }

    /// A chunk of the list has become empty: the class keeps one such.
    fn is_empty(&self, chunk: NonNull<MsgBuffersChunk>) {
        self.take_out(chunk);
        self.count(-1, -self.class.in_chunk());
        // SAFETY: a live chunk.
        let shared = unsafe { chunk.as_ref() };
        shared.magic.store(CHUNK_IN_NO_LIST, Relaxed);
        if self.head.ch_head.load(Relaxed).is_null() {
            self.head.ch_head.store(chunk.as_ptr(), Relaxed);
        } else {
            shared.ch_next.store(self.emptied.replace(chunk.as_ptr()), Relaxed);
        }
    }
}

impl returned::Items for Chunks {
    type Memory = CoreMemory;

    unsafe fn below(item: NonNull<c_void>) -> *mut c_void {
        // SAFETY: as the caller promises: an item is a free buffer.
        unsafe { below(item.cast()) }.cast()
    }

    unsafe fn set_below(item: NonNull<c_void>, below: *mut c_void) {
        // SAFETY: as above.
        unsafe { set_below(item.cast(), below.cast()) }
    }

    unsafe fn sort(&self, item: NonNull<c_void>) {
        let buffer: NonNull<MsgBuffer> = item.cast();
        // SAFETY: a free buffer, so its chunk is in the class's list.
        let Some(chunk) = NonNull::new(unsafe { buffer.as_ref() }.chunk.load(Relaxed)) else { return };
        // SAFETY: as above.
        let shared = unsafe { chunk.as_ref() };
        // SAFETY: free, and this thread's.
        unsafe { set_below(buffer, shared.free_block_queue.load(Relaxed).cast()) };
        shared.free_block_queue.store(item.as_ptr(), Relaxed);
        let free = shared.free_buffers.load(Relaxed) + 1;
        shared.free_buffers.store(free, Relaxed);
        self.count(0, 1);
        if free == 1 {
            self.take_out(chunk);
            self.put_in_front(chunk);
        }
        if free == self.class.in_chunk() {
            self.is_empty(chunk);
        }
    }
}
