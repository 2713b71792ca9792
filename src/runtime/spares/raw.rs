// SPDX-License-Identifier: LGPL-2.0-or-later
//! A thread's spare objects. libc keeps seven of a size without looking further; a client that has sent sixteen messages at
//! once already makes it search, divide and join.

use core::{
    cell::Cell,
    ffi::c_void,
    ptr::{self, NonNull},
};

use crate::sys::{memory, thread::AtThreadEnd};

/// The sizes of objects differ by this.
const STEP: usize = 64;

/// What libc's allocator keeps before each object, so that a multiple of [`STEP`] is taken in all.
const BEFORE: usize = size_of::<usize>();

/// How many sizes are kept: up to 512 bytes.
const SIZES: usize = 8;

/// The most that is kept of a size: a middle end sends the answers to hundreds of clients at once.
const MOST: u32 = 1024;

struct List {
    /// The first object, which begins with the address of the next one.
    first: Cell<*mut c_void>,
    count: Cell<u32>,
}

/// What a thread keeps; nothing where all bytes are 0. It does not move while it keeps something.
#[repr(C)]
pub(crate) struct Spares {
    lists: [List; SIZES],
    /// What it keeps is given back at the thread's end.
    ends_well: Cell<bool>,
}

static AT_END: AtThreadEnd = AtThreadEnd::new(thread_ends);

unsafe extern "C" fn thread_ends(spares: *mut c_void) {
    // SAFETY: what `may_keep` has handed over, in memory that lives until the thread is gone.
    let spares: &Spares = unsafe { &*spares.cast() };
    spares.ends_well.set(false);
    for list in &spares.lists {
        while let Some(memory) = list.pop() {
            // SAFETY: from libc's allocator, and out of the list.
            unsafe { memory::free(memory) };
        }
    }
}

impl List {
    #[inline]
    fn pop(&self) -> Option<NonNull<c_void>> {
        let first = NonNull::new(self.first.get())?;
        // SAFETY: an object of the list.
        self.first.set(unsafe { first.cast::<*mut c_void>().read() });
        self.count.set(self.count.get() - 1);
        Some(first)
    }
}

impl Spares {
    /// So many bytes of libc's memory, with whatever is in them; `None` where there is no memory.
    #[inline]
    pub(crate) fn allocate(&self, size: usize) -> Option<NonNull<c_void>> {
        let place = size.saturating_add(BEFORE - 1) / STEP;
        let Some(list) = self.lists.get(place) else { return memory::allocate(size) };
        list.pop().or_else(|| memory::allocate((place + 1) * STEP - BEFORE))
    }

    /// Frees libc's memory; null is fine.
    ///
    /// # Safety
    /// From libc's allocator, on any thread, and not used again.
    #[inline]
    pub(crate) unsafe fn free(&self, memory: *mut c_void) {
        // SAFETY: as the caller promises; null has no size.
        let size = unsafe { libc::malloc_usable_size(memory) };
        // An object in a list is at least as large as those that are taken from it.
        let list = ((size + BEFORE) / STEP).checked_sub(1).and_then(|place| self.lists.get(place));
        match list {
            Some(list) if list.count.get() < MOST && (self.ends_well.get() || self.may_keep()) => {
                // SAFETY: the caller's alone, and large enough for an address.
                unsafe { memory.cast::<*mut c_void>().write(list.first.replace(memory)) };
                list.count.set(list.count.get() + 1);
            }
            // SAFETY: as the caller promises.
            _ => unsafe { libc::free(memory) },
        }
    }

    #[cold]
    fn may_keep(&self) -> bool {
        // SAFETY: the function takes spares, which are the thread's own.
        self.ends_well.set(unsafe { AT_END.call_with(ptr::from_ref(self).cast_mut().cast()) });
        self.ends_well.get()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn spares() -> &'static Spares {
        let list = || List { first: Cell::new(ptr::null_mut()), count: Cell::new(0) };
        std::boxed::Box::leak(std::boxed::Box::new(Spares {
            lists: [(); SIZES].map(|()| list()),
            ends_well: Cell::new(false),
        }))
    }

    fn kept(spares: &Spares) -> u32 {
        spares.lists.iter().map(|list| list.count.get()).sum()
    }

    #[test]
    fn spares_are_given_again_to_those_whom_they_are_enough_for() {
        thread::spawn(|| {
            let spares = spares();
            for size in [1, 8, 56, 57, 120, 121, 504] {
                let memory = spares.allocate(size).unwrap();
                // SAFETY: so many bytes.
                unsafe {
                    assert!(libc::malloc_usable_size(memory.as_ptr()) >= size);
                    spares.free(memory.as_ptr());
                }
                assert_eq!((spares.allocate(size), kept(spares)), (Some(memory), 0));
                // SAFETY: taken above.
                unsafe { libc::free(memory.as_ptr()) };
            }
            // Memory of libc's, whatever its size, serves only what it is enough for.
            for size in 1..600 {
                let memory = memory::allocate(size).unwrap();
                // SAFETY: the test's own; so many bytes.
                unsafe {
                    let real = libc::malloc_usable_size(memory.as_ptr());
                    spares.free(memory.as_ptr());
                    let again = spares.allocate(real + 1).unwrap();
                    assert!(libc::malloc_usable_size(again.as_ptr()) > real);
                    spares.free(again.as_ptr());
                }
            }
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_thread_keeps_few_and_nothing_beyond_its_end() {
        let left = thread::spawn(|| {
            let spares = spares();
            let all: std::vec::Vec<_> = (0..2 * MOST).map(|_| spares.allocate(100).unwrap()).collect();
            // SAFETY: allocated above; null is fine.
            unsafe {
                all.iter().for_each(|memory| spares.free(memory.as_ptr()));
                spares.free(ptr::null_mut());
                spares.free(memory::allocate(1000).unwrap().as_ptr());
            }
            assert_eq!(kept(spares), MOST);
            ptr::from_ref(spares).addr()
        })
        .join()
        .unwrap();
        // SAFETY: leaked, and its thread has ended.
        assert_eq!(kept(unsafe { &*ptr::with_exposed_provenance::<Spares>(left) }), 0);
    }
}
