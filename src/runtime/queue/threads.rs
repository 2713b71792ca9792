// SPDX-License-Identifier: LGPL-2.0-or-later
//! The numbers of threads, and each numbered thread's hazards. The number of a thread that has ended is given again.

use core::{
    ffi::c_void,
    ptr,
    sync::atomic::{
        AtomicI32, AtomicPtr, AtomicU64,
        Ordering::{AcqRel, Acquire, Relaxed, Release},
    },
};

use super::{hazard, pool::CoreMemory};

/// Numbers are below this, and from 1 on.
pub(crate) const THREADS: usize = 256;

/// The pointers that one thread may publish.
pub(crate) const HAZARDS: usize = 16;

type Row = [AtomicPtr<c_void>; HAZARDS];

/// The hazards of all threads, by number.
#[repr(C, align(64))]
pub struct Hazards([Row; THREADS]);

impl Hazards {
    pub(crate) const fn new() -> Self {
        Self([const { [const { AtomicPtr::new(ptr::null_mut()) }; HAZARDS] }; THREADS])
    }

    /// Those of one thread.
    pub(crate) fn of_thread(&self, number: usize) -> Option<&Row> {
        self.0.get(number)
    }
}

const WORDS: usize = THREADS / u64::BITS as usize;

/// Which numbers are taken, a bit each.
pub(crate) struct Numbers([AtomicU64; WORDS]);

impl Numbers {
    /// All but 0 are free.
    pub(crate) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; WORDS])
    }

    /// The smallest free number from 1 on.
    pub(crate) fn take(&self) -> Option<usize> {
        for (word, base) in self.0.iter().zip((0..).step_by(u64::BITS as usize)) {
            // Number 0 is nobody's.
            let reserved = u64::from(base == 0);
            let mut taken = word.load(Relaxed);
            while taken | reserved != u64::MAX {
                let free = (taken | reserved).trailing_ones();
                // Acquire: with `give_back`, after which the number's hazards are empty.
                match word.compare_exchange(taken, taken | 1 << free, AcqRel, Relaxed) {
                    Ok(_) => return Some(base + free as usize),
                    Err(other) => taken = other,
                }
            }
        }
        None
    }

    /// The thread of this number has ended.
    pub(crate) fn give_back(&self, number: usize) {
        if let Some(word) = self.0.get(number / u64::BITS as usize) {
            word.fetch_and(!(1 << (number % u64::BITS as usize)), Release);
        }
    }
}

/// What an edge lends: the hazards, the greatest number that was given, and how to learn the calling thread's number.
pub(crate) struct Threads {
    pub(crate) hazards: &'static Hazards,
    pub(crate) last: &'static AtomicI32,
    pub(crate) own_number: fn() -> Option<usize>,
}

impl Threads {
    /// The calling thread's hazards.
    pub(crate) fn own(&self) -> Option<&'static Row> {
        self.hazards.of_thread((self.own_number)()?)
    }

    /// The rows of all threads that ever were.
    fn rows(&self) -> impl Iterator<Item = &'static Row> {
        let last = usize::try_from(self.last.load(Acquire)).unwrap_or(0);
        self.hazards.0.iter().skip(1).take(last)
    }

    /// Whether a thread has published the pointer in its first place.
    pub(super) fn is_published_in_first(&self, pointer: *mut c_void) -> bool {
        hazard::is_published::<CoreMemory, _>(pointer, || self.rows().filter_map(|row| row.first()))
    }

    /// Whether the calling thread has published the pointer in one of the places from `first` to `last`, and whether
    /// another has.
    pub(crate) fn who_publishes(&self, pointer: *mut c_void, first: usize, last: usize) -> (bool, bool) {
        let own = self.own();
        let is_own = |row: &&'static Row| own.is_some_and(|own| ptr::eq(own, *row));
        let count = (last + 1).saturating_sub(first);
        let places = move |row: &'static Row| row.iter().skip(first).take(count);
        let by_own = hazard::is_published::<CoreMemory, _>(pointer, || own.into_iter().flat_map(places));
        let others = || self.rows().filter(|row| !is_own(row)).flat_map(places);
        (by_own, hazard::is_published::<CoreMemory, _>(pointer, others))
    }

    /// A thread has this number now.
    pub(crate) fn number_given(&self, number: usize) {
        if let Ok(number) = i32::try_from(number) {
            // With the fences of who publishes and who asks: who is asked about a pointer has been counted before.
            self.last.fetch_max(number, AcqRel);
        }
    }

    /// The thread of this number publishes nothing any more.
    pub(crate) fn withdraw(&self, number: usize) {
        for place in self.hazards.of_thread(number).into_iter().flatten() {
            place.store(ptr::null_mut(), Release);
        }
    }
}
