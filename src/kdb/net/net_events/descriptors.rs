// SPDX-License-Identifier: LGPL-2.0-or-later
//! Descriptors, their handlers, and the heap of those that have something to do.
//!
//! One promise stands behind the unsafe functions here: the caller is the main thread, the slots and the heap's length are as
//! these functions and C's rules left them, and the handlers may be called with their data.
//!
//! What our own engine calls is not inlined there: a dynamic linker can put another function in its place, as it can in C.

use core::{
    ffi::{c_int, c_void},
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

pub use crate::layout::net_events::{EventDescr, EventHandler};
use crate::{
    kdb::{
        engine::signal_check_pending,
        statics::exported_aligned,
        support::{c_text, die, perror, vkprintf},
    },
    net::{epoll_conv_flags as to_epoll, epoll_unconv_flags as from_epoll},
    runtime::events::{Events as Descriptors, HEAP, Host, MAX_DESCRIPTORS, Refused, State, Told},
    sys::epoll,
};

// The slots, by descriptor.
exported_aligned!("Events", 33_554_432, "32");

unsafe extern "C" {
    static Events: [EventDescr; MAX_DESCRIPTORS];
}

/// The descriptor of epoll, from [`init_epoll`] on.
#[unsafe(no_mangle)]
pub static epoll_fd: AtomicI32 = AtomicI32::new(0);

/// How many descriptors are queued.
#[unsafe(no_mangle)]
pub static ev_heap_size: AtomicI32 = AtomicI32::new(0);

static STATE: State = State::new();

/// The slot of a descriptor. Threads but the main one may use its atomics alone.
pub(in crate::kdb) fn slot_of(fd: c_int) -> Option<&'static EventDescr> {
    let index = usize::try_from(fd).ok().filter(|index| *index < MAX_DESCRIPTORS)?;
    // SAFETY: a slot of the table, which lives for ever.
    Some(unsafe { &*(&raw const Events).cast::<EventDescr>().add(index) })
}

/// # Safety
/// The module's promise.
pub(super) unsafe fn descriptors() -> Descriptors<'static> {
    let table = (&raw const Events).cast_mut().cast();
    // SAFETY: the module's promise; the table is as long as the loop has it, and so is the heap.
    unsafe { Descriptors::new(epoll_fd.load(Relaxed), table, HEAP.start(), &ev_heap_size, &STATE) }
}

/// What the descriptors ask of this process.
pub(super) struct Process;

impl Host for Process {
    fn is_ending(&self) -> bool {
        term_signal_received() != 0
    }

    #[inline]
    fn tell(&self, what: Told) {
        let epoll = epoll_fd.load(Relaxed);
        match what {
            Told::Change { fd, state, events, failed: false } => {
                vkprintf!(2, c_text!("epoll_mod(%d,0x%08x,%d,%d,%08x)\n"), epoll, state, fd, fd, events);
            }
            Told::Change { fd, state, events, failed: true } => {
                vkprintf!(0, c_text!("epoll_ctl(%d,0x%x,%d,%d,%08x): %m\n"), epoll, state, fd, fd, events);
            }
            Told::Removal { fd, failed: false } => {
                const REMOVAL: c_int = libc::EPOLL_CTL_DEL;
                vkprintf!(2, c_text!("epoll_del(%d,0x%08x,%d,%d,%08x)\n"), epoll, REMOVAL, fd, 0, 0);
            }
            Told::Removal { failed: true, .. } => perror(c_text!("epoll_ctl(DEL)")),
            Told::Running(count) => vkprintf!(3, c_text!("epoll_runqueue: %d events\n"), count),
            Told::Waited(None) => perror(c_text!("epoll_wait()")),
            Told::Waited(Some(0)) => {}
            Told::Waited(Some(count)) => {
                vkprintf!(3, c_text!("epoll_wait(%d, ...) = %d\n"), epoll, count as c_int);
            }
            Told::Fatal => {
                perror(c_text!("fatal"));
                // SAFETY: C's own end.
                unsafe { libc::exit(1) }
            }
        }
    }
}

/// Ends the process: the caller has lost track of its descriptors.
#[cold]
#[inline(never)]
pub(super) fn refuse(refused: Refused) -> ! {
    die(match refused {
        Refused::OutOfRange => c_text!("epoll: a descriptor that is negative or above 524287"),
        Refused::InUse => c_text!("epoll_sethandler: the descriptor has a handler, which is referred to"),
        Refused::Foreign => c_text!("epoll: not the slot of a descriptor"),
        Refused::Misplaced => c_text!("epoll: a slot that says it is queued where it is not"),
    })
}

/// Prepares the loop. Returns epoll's descriptor; 0 if it is there already; -1, after a message, if the system has none.
///
/// # Safety
/// The module's promise.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn init_epoll() -> c_int {
    if epoll_fd.load(Relaxed) != 0 {
        return 0;
    }
    // SAFETY: the module's promise.
    unsafe { descriptors() }.take_back(0);
    let Some(fd) = epoll::create() else {
        perror(c_text!("epoll_create()"));
        return -1;
    };
    epoll_fd.store(fd, Relaxed);
    if fd == 0 {
        die(c_text!("init_epoll: the standard input is closed, and epoll would be in its place"));
    }
    fd
}

/// Gives a descriptor a handler, with one reference, and returns 0. A descriptor that is referred to ends the process.
///
/// # Safety
/// The module's promise.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_sethandler(
    fd: c_int,
    prio: c_int,
    handler: Option<EventHandler>,
    data: *mut c_void,
) -> c_int {
    // SAFETY: the module's promise.
    unsafe { descriptors().claim(fd, prio, handler, data) }.map_or_else(|refused| refuse(refused), |()| 0)
}

/// Has a descriptor wait for what the flags say; for nothing if they are 0. Returns 0.
///
/// If epoll refuses the descriptor, there is a message, the handler is called with an error, as epoll itself would report one, and
/// the result is -1: the original takes this for a success, and nothing ever comes.
///
/// # Safety
/// The module's promise.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_insert(fd: c_int, flags: c_int) -> c_int {
    // SAFETY: the module's promise.
    match unsafe { descriptors() }.insert(fd, flags, &Process) {
        Ok(accepted) => c_int::from(accepted) - 1,
        Err(refused) => refuse(refused),
    }
}

/// Has a descriptor wait for nothing. Returns 0, or -1 if its slot is another's.
///
/// # Safety
/// The module's promise.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_remove(fd: c_int) -> c_int {
    // SAFETY: the module's promise.
    match unsafe { descriptors() }.remove(fd, &Process) {
        Ok(own) => c_int::from(own) - 1,
        Err(refused) => refuse(refused),
    }
}

/// Forgets a descriptor, which stays open. Returns 0, or -1 if its slot is another's.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_close(fd: c_int) -> c_int {
    // SAFETY: the module's promise.
    match unsafe { descriptors() }.forget(fd, &Process) {
        Ok(own) => c_int::from(own) - 1,
        Err(refused) => refuse(refused),
    }
}

/// Epoll's bits for flags.
#[unsafe(no_mangle)]
pub extern "C" fn epoll_conv_flags(flags: c_int) -> c_int {
    to_epoll(flags)
}

/// The flags for epoll's bits.
#[unsafe(no_mangle)]
pub extern "C" fn epoll_unconv_flags(f: c_int) -> c_int {
    from_epoll(f)
}

/// Queues a slot, or moves it to where its priority and its time want it now. Returns its place, from 1 on.
///
/// # Safety
/// The module's promise. What is no slot ends the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn put_event_into_heap(ev: *mut EventDescr) -> c_int {
    // SAFETY: the module's promise.
    unsafe { descriptors() }.put(ev).unwrap_or_else(|refused| refuse(refused))
}

/// As [`put_event_into_heap`], with the present time and `ts_delta` more.
///
/// # Safety
/// As for [`put_event_into_heap`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn put_event_into_heap_tail(ev: *mut EventDescr, ts_delta: c_int) -> c_int {
    // SAFETY: the module's promise.
    unsafe { descriptors() }.put_later(ev, ts_delta).unwrap_or_else(|refused| refuse(refused))
}

/// Takes a slot out of the heap. Returns how many were queued, or 0 if it was not.
///
/// With `allow_hole` it returns the place of the leaf that the heap lost; the original leaves an empty cell there, which nobody
/// outside can fill.
///
/// # Safety
/// As for [`put_event_into_heap`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn remove_event_from_heap(ev: *mut EventDescr, allow_hole: c_int) -> c_int {
    // SAFETY: the module's promise.
    let events = unsafe { descriptors() };
    let leaf = if allow_hole != 0 { events.leaf_of(ev) } else { Ok(0) };
    match (events.remove_from_heap(ev), leaf) {
        (Ok(Some(_)), Ok(leaf)) if allow_hole != 0 => leaf,
        (Ok(removed), _) => removed.unwrap_or(0),
        (Err(refused), _) => refuse(refused),
    }
}

/// 1 if SIGINT or SIGTERM arrived, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn term_signal_received() -> c_int {
    let arrived = signal_check_pending(libc::SIGINT) != 0 || signal_check_pending(libc::SIGTERM) != 0;
    arrived.into()
}

/// Calls the handlers of all that was queued before, until a signal asks the process to end. Returns how many it called.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_runqueue() -> c_int {
    // SAFETY: the module's promise.
    unsafe { descriptors() }.run(&Process).unwrap_or_else(|refused| refuse(refused))
}
