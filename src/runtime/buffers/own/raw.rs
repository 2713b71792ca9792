// SPDX-License-Identifier: LGPL-2.0-or-later
//! A thread's own stacks of free buffers. A thread that keeps too many gives the older half back; one that has none takes half
//! as many as it may keep, but never a further chunk for more than the one that it needs.
//!
//! What a thread keeps is missing elsewhere: it makes others fail at the cap, and keeps chunks from becoming empty. So each
//! thread gives all back at its next call after somebody has asked for it.

use core::{
    cell::Cell,
    ffi::c_void,
    ptr::{self, NonNull},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use crate::{
    layout::net_msg_buffers::{
        BUFFER_FREE, BUFFER_USED, MsgBuffer, MsgBuffersChunk, REFERENCES_OF_A_FREE_ONE,
    },
    runtime::buffers::{
        Class, Lent,
        chunks::{Chain, below, set_below},
        class,
    },
    sys::thread::AtThreadEnd,
};

struct Stack {
    top: Cell<*mut MsgBuffer>,
    count: Cell<u32>,
}

impl Stack {
    #[cfg(test)]
    const fn new() -> Self {
        Self { top: Cell::new(ptr::null_mut()), count: Cell::new(0) }
    }

    #[inline]
    fn pop(&self) -> Option<NonNull<MsgBuffer>> {
        let top = NonNull::new(self.top.get())?;
        // SAFETY: a free buffer of the stack.
        self.top.set(unsafe { below(top) });
        self.count.set(self.count.get() - 1);
        Some(top)
    }

    /// # Safety
    /// The buffer is free, and the caller's alone, who uses it no longer.
    #[inline]
    unsafe fn push(&self, buffer: NonNull<MsgBuffer>) {
        // SAFETY: as the caller promises.
        unsafe { set_below(buffer, self.top.replace(buffer.as_ptr())) };
        self.count.set(self.count.get() + 1);
    }

    /// Takes all but the `keep` at the top.
    fn split(&self, keep: u32) -> Option<Chain> {
        let count = self.count.get().checked_sub(keep).filter(|&count| count > 0)?;
        let mut above = None;
        let mut first = NonNull::new(self.top.get())?;
        for _ in 0..keep {
            above = Some(first);
            // SAFETY: a free buffer of the stack.
            first = NonNull::new(unsafe { below(first) })?;
        }
        match above {
            // SAFETY: likewise.
            Some(above) => unsafe { set_below(above, ptr::null_mut()) },
            None => self.top.set(ptr::null_mut()),
        }
        self.count.set(keep);
        let mut last = first;
        // SAFETY: free, and out of the stack.
        while let Some(next) = NonNull::new(unsafe { below(last) }) {
            last = next;
        }
        Some(Chain { first, last, count })
    }
}

/// What a thread keeps; nothing where all bytes are 0.
#[repr(C)]
pub(crate) struct Own {
    stacks: [Stack; Class::ALL.len()],
    /// Which request to give all back the thread has heard.
    heard: Cell<u32>,
    /// What it keeps is given back at its end.
    ends_well: Cell<bool>,
}

impl Own {
    #[cfg(test)]
    const fn new() -> Self {
        let stacks = [const { Stack::new() }; Class::ALL.len()];
        Self { stacks, heard: Cell::new(0), ends_well: Cell::new(false) }
    }

    #[inline]
    fn stack(&self, class: Class) -> &Stack {
        let [.., last] = &self.stacks;
        self.stacks.get(class as usize).unwrap_or(last)
    }

    /// Gives all back.
    fn give_back(&self, lent: &'static Lent) {
        for class in Class::ALL {
            give_back(lent, class, self.stack(class).split(0));
        }
    }

    /// May the thread keep buffers? Gives all back if that was asked for.
    fn may_keep(&self, lent: &'static Lent) -> bool {
        if !self.ends_well.get() {
            // SAFETY: what is lent lives for ever.
            let noted = unsafe { AT_END.call_with(ptr::from_ref(lent).cast_mut().cast()) };
            self.ends_well.set(noted);
        }
        let request = REQUESTS.load(Relaxed);
        if self.heard.get() != request && self.ends_well.get() {
            self.heard.set(request);
            self.give_back(lent);
        }
        self.ends_well.get()
    }
}

impl Lent {
    #[inline]
    fn own<'a>(&self) -> &'a Own {
        // SAFETY: the thread's own variable, which nobody else uses and this thread only through shared references; none is
        // kept beyond a call.
        unsafe { &*(self.own)() }
    }
}

/// How often threads were asked to give all back. A thread that has heard of none is new: so it begins with 1.
static REQUESTS: AtomicU32 = AtomicU32::new(1);

static AT_END: AtThreadEnd = AtThreadEnd::new(thread_ends);

unsafe extern "C" fn thread_ends(lent: *mut c_void) {
    // SAFETY: what `may_keep` has handed over.
    let lent: &'static Lent = unsafe { &*lent.cast() };
    let own = lent.own();
    own.give_back(lent);
    // If the thread uses buffers after this, it asks again to be told of its end.
    own.ends_well.set(false);
    own.heard.set(0);
}

fn give_back(lent: &'static Lent, of: Class, chain: Option<Chain>) {
    if let Some(chain) = chain {
        // SAFETY: buffers of the class, from a stack of the thread's.
        unsafe { class(lent, of).give_back(chain) };
    }
}

/// All buffers.
#[derive(Clone, Copy)]
pub(crate) struct Buffers {
    pub(crate) lent: &'static Lent,
}

impl Buffers {
    /// A buffer with one reference; none where there is no memory, or no chunk more. Its contents are what was there.
    #[inline]
    pub(crate) fn allocate(self, class: Class) -> Option<NonNull<MsgBuffer>> {
        let own = self.lent.own();
        let kept = if own.heard.get() == REQUESTS.load(Relaxed) { own.stack(class).pop() } else { None };
        let buffer = kept.or_else(|| self.take(own, class))?;
        // SAFETY: this thread's alone.
        let header = unsafe { buffer.as_ref() };
        header.refcnt.store(1, Relaxed);
        header.magic.store(BUFFER_USED, Relaxed);
        Some(buffer)
    }

    #[cold]
    #[inline(never)]
    fn take(self, own: &Own, of: Class) -> Option<NonNull<MsgBuffer>> {
        self.lent.make_ready();
        let may_keep = own.may_keep(self.lent);
        let wanted = if may_keep { (of.kept() / 2).max(1) } else { 1 };
        let own_class = class(self.lent, of);
        let chain = own_class.take(wanted, None).or_else(|| {
            // A chunk that only this thread's free buffers keep, or that another class keeps, does it, too.
            own.give_back(self.lent);
            own_class.take(wanted, self.chunk_of_another(of))
        });
        let Some(chain) = chain else {
            self.ask_to_give_back();
            return None;
        };
        // The stack is empty: `allocate` has found it so, or `may_keep` has given all back.
        let stack = own.stack(of);
        // SAFETY: a free buffer, taken for this thread.
        stack.top.set(unsafe { below(chain.first) });
        stack.count.set(chain.count - 1);
        Some(chain.first)
    }

    fn chunk_of_another(self, of: Class) -> Option<NonNull<MsgBuffersChunk>> {
        let mut others = Class::ALL.into_iter().filter(|other| *other != of);
        others.find_map(|other| class(self.lent, other).take_kept())
    }

    /// Frees a buffer. Never waits.
    ///
    /// # Safety
    /// It is of this class, has no reference, and nobody uses it.
    #[inline]
    pub(crate) unsafe fn free(self, buffer: NonNull<MsgBuffer>, class: Class) {
        // SAFETY: as the caller promises.
        let header = unsafe { buffer.as_ref() };
        header.refcnt.store(REFERENCES_OF_A_FREE_ONE, Relaxed);
        header.magic.store(BUFFER_FREE, Relaxed);
        let own = self.lent.own();
        let stack = own.stack(class);
        if stack.count.get() < class.kept() && own.heard.get() == REQUESTS.load(Relaxed) {
            // SAFETY: as the caller promises.
            unsafe { stack.push(buffer) };
        } else {
            // SAFETY: as the caller promises.
            unsafe { self.give(own, buffer, class) };
        }
    }

    /// # Safety
    /// As for `free`; the buffer is marked as free.
    #[cold]
    #[inline(never)]
    unsafe fn give(self, own: &Own, buffer: NonNull<MsgBuffer>, of: Class) {
        let stack = own.stack(of);
        if own.may_keep(self.lent) && of.kept() > 0 {
            // SAFETY: as the caller promises.
            unsafe { stack.push(buffer) };
            if stack.count.get() > of.kept() {
                give_back(self.lent, of, stack.split(of.kept() / 2));
            }
        } else {
            // SAFETY: as the caller promises.
            unsafe { set_below(buffer, ptr::null_mut()) };
            give_back(self.lent, of, Some(Chain { first: buffer, last: buffer, count: 1 }));
        }
    }

    /// Asks all threads to give back what they keep.
    pub(crate) fn ask_to_give_back(self) {
        REQUESTS.fetch_add(1, Relaxed);
    }

    /// Gives back what this thread and the classes keep, as far as it is not in use.
    pub(crate) fn give_up_what_is_kept(self) {
        self.lent.make_ready();
        self.lent.own().give_back(self.lent);
        for each in Class::ALL {
            class(self.lent, each).free_kept();
        }
    }
    /// An empty chunk, of which nobody takes buffers.
    pub(crate) fn separate_chunk(self, of: Class) -> Option<NonNull<MsgBuffersChunk>> {
        self.lent.make_ready();
        class(self.lent, of).separate_chunk()
    }

    /// Gives such a chunk back.
    ///
    /// # Safety
    /// It is from [`Self::separate_chunk`] of this class, and not used again.
    pub(crate) unsafe fn free_separate_chunk(self, chunk: NonNull<MsgBuffersChunk>, of: Class) {
        // SAFETY: as the caller promises.
        unsafe { class(self.lent, of).free(chunk) }
    }
}

#[cfg(test)]
mod tests {
    //! Buffers, their classes and chunks.

    use std::{
        collections::HashSet,
        sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicI32, mpsc},
        thread,
    };

    use super::*;
    use crate::{
        layout::net_msg_buffers::BufferStats,
        runtime::{
            buffers::{CHUNK_BYTES, Heads},
            module_stats::OwnBlock,
        },
    };

    std::thread_local! {
        static OWN: Own = const { Own::new() };
    }

    static STATS: BufferStats = BufferStats::new();
    static ALLOCATED: AtomicI32 = AtomicI32::new(0);
    static MOST_ALLOCATED: AtomicI32 = AtomicI32::new(0);
    static MOST: AtomicI32 = AtomicI32::new(0);
    static HEADS: Heads = Heads::new();
    static READY: AtomicI32 = AtomicI32::new(0);
    static LENT: Lent = Lent {
        heads: &HEADS,
        ready: &READY,
        allocated: &ALLOCATED,
        most_allocated: &MOST_ALLOCATED,
        most: &MOST,
        own: || OWN.with(ptr::from_ref),
        stats: || OwnBlock { block: &STATS, shared: true },
    };
    static BUFFERS: Buffers = Buffers { lent: &LENT };

    /// Runs in a thread of its own, and waits until that has ended altogether.
    fn in_thread<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
        thread::spawn(run).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// One test at a time, in a thread of its own; at its end all chunks are given back.
    fn with_chunks(most: i32, test: impl FnOnce() + Send + 'static) {
        static ONE: Mutex<()> = Mutex::new(());
        let _one: MutexGuard<'_, ()> = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        MOST.store(most, Relaxed);
        MOST_ALLOCATED.store(0, Relaxed);
        in_thread(test);
        BUFFERS.give_up_what_is_kept();
        assert_eq!(ALLOCATED.load(Relaxed), 0, "chunks that are left");
        assert_eq!(STATS.allocated_buffer_bytes.load(Relaxed), 0);
        for class in Class::ALL {
            let head = HEADS.of(class);
            let left = (head.tot_chunks.load(Relaxed), head.tot_buffers.load(Relaxed));
            assert_eq!((left, head.free_buffers.load(Relaxed)), ((0, 0), 0), "{class:?}");
        }
    }

    type Held = Vec<NonNull<MsgBuffer>>;

    fn fill(class: Class, most: usize) -> Held {
        std::iter::from_fn(|| BUFFERS.allocate(class)).take(most).collect()
    }

    fn free(buffers: impl IntoIterator<Item = NonNull<MsgBuffer>>, class: Class) {
        for buffer in buffers {
            // SAFETY: allocated, of this class, and not used again.
            unsafe { BUFFERS.free(buffer, class) };
        }
    }

    /// Each buffer's address, whose bytes are all written and checked.
    fn are_apart(buffers: &Held, class: Class) {
        let size = class.size() as usize;
        for (number, buffer) in buffers.iter().enumerate() {
            // SAFETY: the buffer's bytes, which are the test's.
            unsafe { buffer.add(1).cast::<u8>().write_bytes(number as u8, size) };
        }
        for (number, buffer) in buffers.iter().enumerate() {
            // SAFETY: likewise.
            let bytes = unsafe { std::slice::from_raw_parts(buffer.add(1).cast::<u8>().as_ptr(), size) };
            assert!(bytes.iter().all(|&byte| byte == number as u8));
        }
        assert_eq!(buffers.iter().collect::<HashSet<_>>().len(), buffers.len());
    }

    #[test]
    fn a_class_fills_as_many_chunks_as_there_may_be() {
        for class in Class::ALL {
            with_chunks(2, move || {
                let held = fill(class, usize::MAX);
                assert_eq!(held.len(), 2 * class.in_chunk() as usize, "{class:?}");
                assert_eq!((ALLOCATED.load(Relaxed), MOST_ALLOCATED.load(Relaxed)), (2, 2));
                if !cfg!(miri) || held.len() < 1000 {
                    are_apart(&held, class);
                }
                free(held, class);
            });
        }
    }

    #[test]
    fn there_is_none_without_a_chunk() {
        with_chunks(0, || assert!(BUFFERS.allocate(Class::Small).is_none()));
    }

    #[test]
    fn buffers_have_one_reference_and_a_magic() {
        with_chunks(1, || {
            let buffer = BUFFERS.allocate(Class::Standard).unwrap();
            // SAFETY: allocated.
            let header = unsafe { buffer.as_ref() };
            assert_eq!((header.refcnt.load(Relaxed), header.magic.load(Relaxed)), (1, BUFFER_USED));
            // SAFETY: a live chunk.
            let size = unsafe { (*header.chunk.load(Relaxed)).buffer_size.load(Relaxed) };
            assert_eq!(size, 2048);
            free([buffer], Class::Standard);
            assert_eq!(header.magic.load(Relaxed), BUFFER_FREE);
            assert_eq!(header.refcnt.load(Relaxed), REFERENCES_OF_A_FREE_ONE);
        });
    }

    /// Where the original's classes keep the chunks for ever.
    #[test]
    fn empty_chunks_move_between_classes() {
        with_chunks(3, || {
            for class in [Class::Standard, Class::Huge, Class::Tiny, Class::Large, Class::Small] {
                let held = fill(class, usize::MAX);
                assert_eq!(held.len(), 3 * class.in_chunk() as usize, "{class:?}");
                free(held, class);
            }
        });
    }

    #[test]
    fn empty_chunks_are_given_back_but_for_one() {
        with_chunks(10, || {
            free(fill(Class::Large, usize::MAX), Class::Large);
            BUFFERS.ask_to_give_back();
            let one = BUFFERS.allocate(Class::Tiny).unwrap();
            assert_eq!(ALLOCATED.load(Relaxed), 2, "the class keeps one, and another has one");
            free([one], Class::Tiny);
        });
    }

    /// Where each thread of the original takes a chunk of 2 MiB.
    #[test]
    fn threads_share_a_chunk() {
        with_chunks(1, || {
            let run = || free(fill(Class::Small, 50), Class::Small);
            let threads: Vec<_> = (0..if cfg!(miri) { 3 } else { 20 }).map(|_| thread::spawn(run)).collect();
            assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
            assert_eq!(MOST_ALLOCATED.load(Relaxed), 1);
        });
    }

    /// What an ended thread kept is there for others.
    #[test]
    fn an_ending_thread_gives_all_back() {
        with_chunks(1, || {
            in_thread(|| free(fill(Class::Standard, 100), Class::Standard));
            let held = fill(Class::Standard, usize::MAX);
            assert_eq!(held.len(), Class::Standard.in_chunk() as usize);
            free(held, Class::Standard);
        });
    }

    /// A thread that lacks a buffer asks the others, who give back at their next call.
    #[test]
    fn what_others_keep_is_asked_for() {
        with_chunks(1, || {
            let (ask, asked) = mpsc::channel::<()>();
            let (answer, answered) = mpsc::channel::<()>();
            let other = thread::spawn(move || {
                free(fill(Class::Standard, 32), Class::Standard);
                answer.send(()).unwrap();
                asked.recv().unwrap();
                assert!(BUFFERS.allocate(Class::Huge).is_none());
                answer.send(()).unwrap();
                asked.recv().unwrap();
            });
            answered.recv().unwrap();
            let mut held = fill(Class::Standard, usize::MAX);
            let missing = Class::Standard.in_chunk() as usize - held.len();
            assert!((1..=32).contains(&missing), "{missing}");
            ask.send(()).unwrap();
            answered.recv().unwrap();
            held.extend(fill(Class::Standard, usize::MAX));
            assert_eq!(held.len(), Class::Standard.in_chunk() as usize);
            free(held, Class::Standard);
            ask.send(()).unwrap();
            other.join().unwrap();
        });
    }

    /// Threads that free what another has allocated, while it allocates more: nothing is there twice, and nothing is lost.
    #[test]
    fn buffers_wander_between_threads() {
        const EACH: usize = if cfg!(miri) { 100 } else { 30_000 };
        with_chunks(3, || {
            let takers: Vec<_> = (0..3)
                .map(|_| {
                    let (give, take) = mpsc::sync_channel::<(usize, Class)>(400);
                    let taker = thread::spawn(move || {
                        for (address, class) in take {
                            let buffer = NonNull::new(ptr::with_exposed_provenance_mut(address)).unwrap();
                            let buffer: NonNull<MsgBuffer> = buffer;
                            // SAFETY: the sender's tag, in the buffer's first bytes.
                            assert_eq!(unsafe { buffer.add(1).cast::<usize>().read() }, address ^ 7);
                            free([buffer], class);
                        }
                    });
                    (give, taker)
                })
                .collect();
            for number in 0..EACH {
                let class = if number % 3 == 0 { Class::Small } else { Class::Standard };
                let buffer = std::iter::repeat_with(|| BUFFERS.allocate(class)).find_map(|buffer| {
                    if buffer.is_none() {
                        thread::yield_now();
                    }
                    buffer
                });
                let buffer = buffer.unwrap();
                let address = buffer.as_ptr().expose_provenance();
                // SAFETY: the buffer's first bytes.
                unsafe { buffer.add(1).cast::<usize>().write(address ^ 7) };
                takers[number % 3].0.send((address, class)).unwrap();
            }
            for (give, taker) in takers {
                drop(give);
                taker.join().unwrap();
            }
        });
    }

    #[test]
    fn a_separate_chunk_counts() {
        with_chunks(1, || {
            let chunk = BUFFERS.separate_chunk(Class::Large).unwrap();
            assert!(
                BUFFERS.allocate(Class::Large).is_none() && BUFFERS.separate_chunk(Class::Tiny).is_none()
            );
            assert_eq!(STATS.allocated_buffer_bytes.load(Relaxed), CHUNK_BYTES as i64);
            // SAFETY: a separate chunk of this class.
            unsafe { BUFFERS.free_separate_chunk(chunk, Class::Large) };
            free(BUFFERS.allocate(Class::Large), Class::Large);
        });
    }
}
