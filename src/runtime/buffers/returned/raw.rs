// SPDX-License-Identifier: LGPL-2.0-or-later
//! A class of items behind a lock, and a stack of items that threads give back while another one holds the lock. Who has held
//! it sorts the stack then. So giving back never waits, and nothing stays on the stack.

use core::{
    ffi::c_void,
    ptr::{self, NonNull},
    sync::atomic::Ordering::{Acquire, Relaxed, SeqCst},
};

use crate::sync::{Memory, Word};

/// The lock's word: free, held, or held while somebody may sleep until it is free.
pub(crate) const FREE: i32 = 0x2dfe_cca3;
const HELD: i32 = !FREE;
const AWAITED: i32 = HELD ^ 1;

/// How often a thread looks at a held lock before it sleeps.
const LOOKS: u32 = 100;

/// The items, and their order in memory.
pub(crate) trait Items {
    type Memory: Memory;

    /// The item below on a stack.
    ///
    /// # Safety
    /// The caller alone uses the item.
    unsafe fn below(item: NonNull<c_void>) -> *mut c_void;

    /// # Safety
    /// The caller alone uses the item.
    unsafe fn set_below(item: NonNull<c_void>, below: *mut c_void);

    /// Puts an item where it belongs.
    ///
    /// # Safety
    /// The class's lock is held, and the item was given back.
    unsafe fn sort(&self, item: NonNull<c_void>);
}

/// A class.
pub(crate) struct Class<'c, I: Items> {
    pub(crate) lock: &'c <I::Memory as Memory>::I32,
    pub(crate) returned: &'c <I::Memory as Memory>::Pointer,
    pub(crate) items: &'c I,
}

impl<I: Items> Class<'_, I> {
    /// SeqCst, as the three others that `settle` names. Acquire is what the lock itself needs: it pairs with the `swap` of
    /// who held it before.
    fn try_lock(&self) -> bool {
        self.lock.compare_exchange(FREE, HELD, SeqCst, SeqCst).is_ok()
    }

    fn lock(&self) {
        if self.try_lock() {
            return;
        }
        for _ in 0..LOOKS.min(I::Memory::PATIENCE) {
            I::Memory::pause();
            if self.lock.load(Relaxed) == FREE && self.try_lock() {
                return;
            }
        }
        // Whoever unlocks finds that it is awaited. A thread that gets the lock here does not know whether others sleep, so
        // it leaves the word so, and wakes one at worst for nothing.
        while self.lock.swap(AWAITED, SeqCst) != FREE {
            I::Memory::wait(self.lock, AWAITED);
        }
    }

    fn unlock(&self) {
        if self.lock.swap(FREE, SeqCst) == AWAITED {
            I::Memory::wake(self.lock);
        }
    }

    /// The lock is held.
    fn sort_returned(&self) {
        // What is missed here is found when the lock is free.
        if self.returned.load(Relaxed).is_null() {
            return;
        }
        // Acquire: with the pushes, whose `compare_exchange`s continue each other's release. So what the threads did to the
        // items is before.
        let stack = self.returned.swap(ptr::null_mut(), Acquire);
        // SAFETY: the whole stack was taken, so its items are this thread's alone, which holds the lock.
        unsafe { self.sort_chain(stack) };
    }

    /// # Safety
    /// The lock is held, and the items were given back, and are this thread's alone.
    unsafe fn sort_chain(&self, mut next: *mut c_void) {
        while let Some(item) = NonNull::new(next) {
            // SAFETY: as the caller promises.
            unsafe {
                next = I::below(item);
                self.items.sort(item);
            }
        }
    }

    /// Sorts what is on the stack, unless somebody holds the lock: then he will.
    ///
    /// The pusher writes the stack and then finds the lock held; the holder frees the lock and then reads the stack. All four
    /// are SeqCst: if the lock was found held, it was freed later, and the stack read later still, with the push in it.
    fn settle(&self) {
        while !self.returned.load(SeqCst).is_null() && self.try_lock() {
            self.sort_returned();
            self.unlock();
        }
    }

    /// Gives items back that lie below each other, from `first` to `last`. Never waits.
    ///
    /// # Safety
    /// The caller alone has them, and uses them no longer. There is none below the last.
    pub(crate) unsafe fn give_back(&self, first: NonNull<c_void>, last: NonNull<c_void>) {
        if self.try_lock() {
            // SAFETY: as the caller promises, and with the lock.
            unsafe { self.sort_chain(first.as_ptr()) };
            self.unlock();
        } else {
            // SAFETY: as the caller promises.
            unsafe { self.push(first, last) };
        }
        self.settle();
    }

    /// # Safety
    /// As for `give_back`.
    unsafe fn push(&self, first: NonNull<c_void>, last: NonNull<c_void>) {
        let mut top = self.returned.load(Relaxed);
        loop {
            // SAFETY: still the caller's.
            unsafe { I::set_below(last, top) };
            // Nobody takes a single item from the stack, so it does not matter whether it is the same `top` all the time.
            match self.returned.compare_exchange(top, first.as_ptr(), SeqCst, Relaxed) {
                Ok(_) => return,
                Err(other) => top = other,
            }
        }
    }

    /// Does something while no other thread does, when all that was given back is sorted. May wait.
    pub(crate) fn alone<R>(&self, work: impl FnOnce() -> R) -> R {
        self.lock();
        self.sort_returned();
        let result = work();
        self.unlock();
        self.settle();
        result
    }
}
