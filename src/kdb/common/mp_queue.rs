// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/mp-queue`: queues between threads, the numbers of threads, and the pointers that they publish.
//!
//! Flags of pushes and pops but the number of tries have no effect: queues call none of each other, and publish blocks only
//! for the time of a call. A function that is given a queue of the other kind, or none, ends the process.

use core::{
    cell::Cell,
    ffi::{c_int, c_long, c_void},
    ptr::{self, NonNull},
    sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed},
};

pub use crate::layout::mp_queue::{MpQueue, MpQueueBlock, MpSemaphore, QueueStats};
use crate::{
    kdb::{
        module_stats::module_stats,
        statics::exported_thread_local,
        support::{c_text, die},
    },
    layout::common_stats::StatsBuffer,
    runtime::queue::{self, Counts, Hazards, Kind, Lent, NoMemory, Numbers, Queue, Threads, ring},
    sync::thread_local_address,
    sys::{memory, thread::AtThreadEnd},
};

// Per thread: its number, or 0; and its row of `mqb_hazard_ptr`, or null.
exported_thread_local!("mpq_this_thread_id", "4");
exported_thread_local!("thread_hazard_pointers", "8");

/// The greatest number that a thread was given.
#[unsafe(no_mangle)]
pub static mpq_threads: AtomicI32 = AtomicI32::new(0);

/// The pointers that threads publish, by their number: the first place is the queues', the fourth
/// [`get_ptr_multithread_copy`]'s.
#[unsafe(no_mangle)]
pub static mqb_hazard_ptr: Hazards = Hazards::new();

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[unsafe(no_mangle)]
        pub static $name: AtomicI32 = AtomicI32::new(0);
    )+};
}

counters! {
    /// Large rings there are.
    mpq_blocks_allocated,
    /// The most large rings there were.
    mpq_blocks_allocated_max,
    /// Blocks and rings that were ever asked for.
    mpq_blocks_allocations,
    /// Blocks and rings that were ever allocated.
    mpq_blocks_true_allocations,
    /// Blocks that are out of their queue, and that a thread still uses.
    mpq_blocks_wasted,
    /// Always 0: no block is made for later.
    mpq_blocks_prepared,
    /// Blocks and small rings there are.
    mpq_small_blocks_allocated,
    /// The most blocks and small rings there were.
    mpq_small_blocks_allocated_max,
}

macro_rules! unused_queues {
    ($($name:ident),+ $(,)?) => {$(
        /// Unused: blocks are given back to the allocator.
        #[unsafe(no_mangle)]
        pub static $name: MpQueue = MpQueue::new();
    )+};
}

unused_queues!(MqGarbageBlocks, MqPreparedBlocks, MqGarbageSmallBlocks, MqPreparedSmallBlocks);

module_stats! {
    "mp_queue", QueueStats,
    list: jobs_module_list_stat_mp_queue,
    own: "jobs_module_stat_mp_queue",
    prefix: jobs_module_state_prefix_mp_queue,
    thread_init: jobs_module_thread_init_mp_queue,
    callback: mp_queue_thread_callback,
    register: jobs_module_register_mp_queue,
}

/// What all queues of the process share; other objects of the drop-in hand it on with theirs.
pub(in crate::kdb) static QUEUES: Lent = Lent {
    threads: Threads { hazards: &mqb_hazard_ptr, last: &mpq_threads, own_number },
    counts: Counts {
        blocks: &mpq_small_blocks_allocated,
        most_blocks: &mpq_small_blocks_allocated_max,
        asked_for: &mpq_blocks_allocations,
        allocated: &mpq_blocks_true_allocations,
        kept: &mpq_blocks_wasted,
    },
};

// ---- threads ----

static NUMBERS: Numbers = Numbers::new();
static AT_END: AtThreadEnd = AtThreadEnd::new(forget_thread);

fn number_of_thread<'a>() -> &'a Cell<c_int> {
    let place: *const Cell<c_int> = thread_local_address!("mpq_this_thread_id").cast();
    // SAFETY: the thread's own variable, which only this thread uses, and not after its end.
    unsafe { &*place }
}

fn set_row_of_thread(row: *const AtomicPtr<c_void>) {
    let place: *mut *const AtomicPtr<c_void> = thread_local_address!("thread_hazard_pointers").cast();
    // SAFETY: the thread's own variable.
    unsafe { place.write(row) };
}

/// The calling thread's number, which it gets here if it has none.
fn own_number() -> Option<usize> {
    let place = number_of_thread();
    if place.get() == 0 {
        let number = NUMBERS.take()?;
        QUEUES.threads.number_given(number);
        let row = QUEUES.threads.hazards.of_thread(number).map_or(ptr::null(), |row| row.as_slice().as_ptr());
        set_row_of_thread(row);
        place.set(number as c_int);
        // SAFETY: the function takes a number.
        unsafe { AT_END.call_with(ptr::without_provenance_mut(number)) };
    }
    usize::try_from(place.get()).ok()
}

/// Gives the number of an ending thread back. If the thread uses queues after this, it gets another.
unsafe extern "C" fn forget_thread(number: *mut c_void) {
    QUEUES.threads.withdraw(number.addr());
    number_of_thread().set(0);
    set_row_of_thread(ptr::null());
    NUMBERS.give_back(number.addr());
}

#[cold]
fn too_many_threads() -> ! {
    die(c_text!("get_this_thread_id: more than 255 threads at a time"))
}

/// The calling thread's number: the smallest from 1 on that no other thread has. The 256th thread at a time ends the process.
#[unsafe(no_mangle)]
pub extern "C" fn get_this_thread_id() -> c_int {
    let number = number_of_thread().get();
    if number != 0 {
        return number;
    }
    match own_number() {
        Some(number) => number as c_int,
        None => too_many_threads(),
    }
}

/// Whether a thread publishes `ptr` in one of the places from `a` to `b`: 0 no, 1 the calling one, 2 another, 3 both.
#[unsafe(no_mangle)]
pub extern "C" fn is_hazard_ptr(ptr: *mut c_void, a: c_int, b: c_int) -> c_int {
    let Ok(last) = usize::try_from(b) else { return 0 };
    let first = usize::try_from(a).unwrap_or(0);
    let (own, other) = QUEUES.threads.who_publishes(ptr, first, last);
    c_int::from(own) + 2 * c_int::from(other)
}

/// Where a thread publishes what it copies.
const COPIED: usize = 3;

/// Reads `*ptr`, and calls `incref` with it while it is published, so that who replaces `*ptr` and then asks
/// [`is_hazard_ptr`] does not free it before. A call from `incref` ends the process.
///
/// # Safety
/// `ptr` is an aligned pointer, which other threads may replace; `incref` may be called with each value it has, and does
/// not unwind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_ptr_multithread_copy(
    ptr: *mut *mut c_void,
    incref: Option<unsafe extern "C" fn(*mut c_void)>,
) -> *mut c_void {
    let Some(place) = QUEUES.threads.own().and_then(|row| row.get(COPIED)) else { too_many_threads() };
    let (false, Some(incref)) = (ptr.is_null(), incref) else {
        die(c_text!("get_ptr_multithread_copy: null"))
    };
    if !place.load(Relaxed).is_null() {
        die(c_text!("get_ptr_multithread_copy: called from the function that it calls"));
    }
    // SAFETY: as the caller promises.
    let cell = unsafe { AtomicPtr::from_ptr(ptr) };
    // SAFETY: as the caller promises.
    queue::copy_shared(cell, place, |pointer| unsafe { incref(pointer) })
}

// ---- semaphores ----

/// Raises the number, and wakes a thread that waits for it. Returns 0.
///
/// # Safety
/// `sem` is a semaphore, for threads of one process; and so for the functions below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mp_sem_post(sem: *mut MpSemaphore) -> c_int {
    // SAFETY: as the caller promises.
    queue::post(unsafe { &*sem });
    0
}

/// Lowers the number, and sleeps until it is positive before. Returns 0.
///
/// # Safety
/// As for [`mp_sem_post`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mp_sem_wait(sem: *mut MpSemaphore) -> c_int {
    // SAFETY: as the caller promises.
    queue::wait(unsafe { &*sem });
    0
}

/// Lowers the number if it is positive, and returns 0; else -1.
///
/// # Safety
/// As for [`mp_sem_post`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mp_sem_trywait(sem: *mut MpSemaphore) -> c_int {
    // SAFETY: as the caller promises.
    if queue::try_wait(unsafe { &*sem }) { 0 } else { -1 }
}

// ---- queues ----

#[cold]
fn no_memory(NoMemory: NoMemory) -> ! {
    die(c_text!("a queue: out of memory"))
}

/// # Safety
/// `MQ` is a queue, or readable memory that can become one.
#[inline]
unsafe fn queue<'a>(MQ: *mut MpQueue) -> Queue<'a> {
    // SAFETY: as the caller promises.
    Queue::of(unsafe { &*MQ }, &QUEUES)
}

/// # Safety
/// `MQ` is a queue, or readable memory that can become one.
#[inline]
unsafe fn waiting_queue<'a>(MQ: *mut MpQueue) -> Queue<'a> {
    // SAFETY: as the caller promises.
    let queue = unsafe { queue(MQ) };
    if queue.kind() != Some(Kind::Waiting) {
        other_kind();
    }
    queue
}

#[cold]
fn other_kind() -> ! {
    die(c_text!("a queue with a semaphore was expected"))
}

#[cold]
fn no_item() -> ! {
    die(c_text!("an item was taken from a queue without asking its semaphore"))
}

/// # Safety
/// `MQ` is *writable*, and no queue.
unsafe fn start(MQ: *mut MpQueue, kind: Kind) {
    // SAFETY: as the caller promises.
    let queue = unsafe { queue(MQ) };
    if queue.kind().is_some() {
        die(c_text!("init_mp_queue: it is a queue already"));
    }
    // SAFETY: as the caller promises.
    unsafe { queue.start(kind) };
}

#[inline(never)]
fn allocate(kind: Kind) -> *mut MpQueue {
    // An allocation with an alignment of its own takes the allocator longer than all else here.
    const SPARE: usize = align_of::<MpQueue>() - align_of::<libc::max_align_t>();
    let Some(place) = memory::allocate(size_of::<MpQueue>() + SPARE) else { no_memory(NoMemory) };
    let bytes_before = place.align_offset(align_of::<MpQueue>());
    // SAFETY: within the allocation, which has that many spare bytes.
    let MQ: *mut MpQueue = unsafe { place.byte_add(bytes_before) }.as_ptr().cast();
    let mut queue = MpQueue::new();
    queue.head.bytes_before = bytes_before as u32;
    // SAFETY: memory of that size and alignment, and no queue.
    unsafe {
        MQ.write(queue);
        start(MQ, kind);
    }
    MQ
}

/// Makes a queue in `MQ`. A live queue ends the process.
///
/// # Safety
/// `MQ` is *writable*, and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init_mp_queue(MQ: *mut MpQueue) {
    // SAFETY: the same promise.
    unsafe { start(MQ, Kind::Plain) }
}

/// As [`init_mp_queue`], with a semaphore.
///
/// # Safety
/// As for [`init_mp_queue`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init_mp_queue_w(MQ: *mut MpQueue) {
    // SAFETY: the same promise.
    unsafe { start(MQ, Kind::Waiting) }
    MODULE.own().add_int(|stats| &stats.mpq_active, 1);
}

/// A new queue.
#[unsafe(no_mangle)]
pub extern "C" fn alloc_mp_queue() -> *mut MpQueue {
    allocate(Kind::Plain)
}

/// A new queue with a semaphore.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn alloc_mp_queue_w() -> *mut MpQueue {
    let own = MODULE.own();
    own.add_int(|stats| &stats.mpq_allocated, 1);
    own.add_int(|stats| &stats.mpq_active, 1);
    allocate(Kind::Waiting)
}

/// Frees what a queue holds but its items. What is no queue ends the process.
///
/// # Safety
/// `MQ` is *writable*, and nobody else uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clear_mp_queue(MQ: *mut MpQueue) {
    MODULE.own().add_int(|stats| &stats.mpq_active, -1);
    // SAFETY: as the caller promises.
    let queue = unsafe { queue(MQ) };
    if queue.kind().is_none() {
        die(c_text!("clear_mp_queue: it is no queue"));
    }
    // SAFETY: a queue, as its magic says, and nobody else uses it.
    unsafe { queue.end() };
}

/// As [`clear_mp_queue`], and frees `MQ`.
///
/// # Safety
/// As for [`clear_mp_queue`], and `MQ` is from [`alloc_mp_queue`] or [`alloc_mp_queue_w`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_mp_queue(MQ: *mut MpQueue) {
    MODULE.own().add_int(|stats| &stats.mpq_allocated, -1);
    // SAFETY: the same promise.
    unsafe { clear_mp_queue(MQ) };
    if let Some(MQ) = NonNull::new(MQ) {
        // SAFETY: so many bytes from the start of the allocation, which is not used again.
        unsafe { memory::free(MQ.byte_sub((*MQ.as_ptr()).head.bytes_before as usize).cast()) };
    }
}

fn item(val: *mut c_void) -> NonNull<c_void> {
    #[cold]
    fn refuse() -> ! {
        die(c_text!("a null pointer is pushed to a queue"))
    }
    NonNull::new(val).unwrap_or_else(|| refuse())
}

/// Appends an item. Returns a number from 0 on. Null ends the process.
///
/// # Safety
/// `MQ` is a queue, which is not cleared meanwhile; and so for the functions below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mpq_push(MQ: *mut MpQueue, val: *mut c_void, flags: c_int) -> c_long {
    let _ = flags;
    // SAFETY: the same promise.
    let number = unsafe { queue(MQ).push(item(val)) };
    number.unwrap_or_else(|error| no_memory(error)) as c_long
}

/// Takes the first item; null if there is none.
///
/// # Safety
/// As for [`mpq_push`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mpq_pop(MQ: *mut MpQueue, flags: c_int) -> *mut c_void {
    let _ = flags;
    // SAFETY: the same promise.
    unsafe { queue(MQ).pop() }.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// 1 if there was no item at some moment of the call, else 0.
///
/// # Safety
/// As for [`mpq_push`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mpq_is_empty(MQ: *mut MpQueue) -> c_int {
    // SAFETY: the same promise.
    unsafe { queue(MQ) }.is_empty().into()
}

/// Appends an item, and wakes a thread that waits for one. Never blocks.
///
/// # Safety
/// As for [`mpq_push`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mpq_push_w(MQ: *mut MpQueue, v: *mut c_void, flags: c_int) -> c_long {
    let _ = flags;
    // SAFETY: the same promise.
    let number = unsafe { waiting_queue(MQ).push_and_wake(item(v)) };
    number.unwrap_or_else(|error| no_memory(error)) as c_long
}

/// The bits of the flags that are a number of tries.
const TRIES: c_int = 4095;

/// Takes the first item. Looks for one `flags & 4095` times, then sleeps until there is one.
///
/// # Safety
/// As for [`mpq_push`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mpq_pop_w(MQ: *mut MpQueue, flags: c_int) -> *mut c_void {
    // SAFETY: the same promise.
    let queue = unsafe { waiting_queue(MQ) };
    if !queue.try_wait((flags & TRIES) as u32) {
        queue.wait();
    }
    // SAFETY: the same promise.
    unsafe { queue.pop_counted() }.map_or_else(|| no_item(), NonNull::as_ptr)
}

/// Takes the first item. Looks for one `flags & 4095` times; null if there was none. Never blocks.
///
/// # Safety
/// As for [`mpq_push`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mpq_pop_nw(MQ: *mut MpQueue, flags: c_int) -> *mut c_void {
    // SAFETY: the same promise.
    let queue = unsafe { waiting_queue(MQ) };
    if !queue.try_wait((flags & TRIES) as u32) {
        return ptr::null_mut();
    }
    // SAFETY: the same promise.
    unsafe { queue.pop_counted() }.map_or_else(|| no_item(), NonNull::as_ptr)
}

// ---- rings ----

/// A new ring of 64 or 4096 cells, with `first_val` as its first item unless that is null.
#[unsafe(no_mangle)]
pub extern "C" fn alloc_mpq_block(
    first_val: *mut c_void,
    allow_recursion: c_int,
    is_small: c_int,
) -> *mut MpQueueBlock {
    let _ = allow_recursion;
    let is_small = is_small != 0;
    let length = if is_small { ring::SMALL } else { ring::LARGE };
    let Some(block) = ring::allocate(first_val, length) else { no_memory(NoMemory) };
    ring_counts(is_small).count_one_more();
    block.as_ptr()
}

fn ring_counts(is_small: bool) -> Counts {
    let (blocks, most_blocks) = if is_small {
        (&mpq_small_blocks_allocated, &mpq_small_blocks_allocated_max)
    } else {
        (&mpq_blocks_allocated, &mpq_blocks_allocated_max)
    };
    Counts { blocks, most_blocks, ..QUEUES.counts }
}

/// Frees a ring. Its items are not freed. What is no ring ends the process.
///
/// # Safety
/// `QB` is from [`alloc_mpq_block`], and nobody else uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_mpq_block(QB: *mut MpQueueBlock) {
    // SAFETY: the same promise.
    match NonNull::new(QB).and_then(|ring| unsafe { ring::free(ring) }) {
        Some(length) => ring_counts(length == ring::SMALL).blocks.fetch_sub(1, Relaxed),
        None => die(c_text!("free_mpq_block: it is no block")),
    };
}

/// Takes the first item of a ring; null if there is none, or its push has not ended.
///
/// # Safety
/// `QB` is from [`alloc_mpq_block`], and not freed meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mpq_block_pop(QB: *mut MpQueueBlock) -> *mut c_void {
    // SAFETY: the same promise.
    unsafe { ring::Ring::of(QB) }.pop().map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Appends an item to a ring. Returns its position; -1 if the ring is full, or ever was.
///
/// # Safety
/// As for [`mpq_block_pop`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mpq_block_push(QB: *mut MpQueueBlock, val: *mut c_void) -> c_long {
    // SAFETY: the same promise.
    unsafe { ring::Ring::of(QB) }.push(item(val)).unwrap_or(-1) as c_long
}

// ---- statistics ----

/// Adds what is known of all queues. Returns the length of the page.
///
/// # Safety
/// `sb` is a stats buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mp_queue_prepare_stat(sb: *mut StatsBuffer) -> c_int {
    // SAFETY: a live buffer.
    let mut page = unsafe { MODULE.page(sb) };
    for (name, counter) in [
        (c_text!("mpq_blocks_allocated"), &mpq_blocks_allocated),
        (c_text!("mpq_blocks_allocated_max"), &mpq_blocks_allocated_max),
        (c_text!("mpq_blocks_allocations"), &mpq_blocks_allocations),
        (c_text!("mpq_blocks_true_allocations"), &mpq_blocks_true_allocations),
        (c_text!("mpq_blocks_wasted"), &mpq_blocks_wasted),
        (c_text!("mpq_blocks_prepared"), &mpq_blocks_prepared),
        (c_text!("mpq_small_blocks_allocated"), &mpq_small_blocks_allocated),
        (c_text!("mpq_small_blocks_allocated_max"), &mpq_small_blocks_allocated_max),
    ] {
        page = page.number(name, counter.load(Relaxed));
    }
    page.int(c_text!("mpq_active"), |stats| &stats.mpq_active)
        .int(c_text!("mpq_allocated"), |stats| &stats.mpq_allocated)
        .end()
}
