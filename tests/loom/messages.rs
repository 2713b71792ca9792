// SPDX-License-Identifier: LGPL-2.0-or-later
//! `runtime/message`: references to a part, and its lock.

use std::sync::atomic::Ordering::Relaxed;

use loom::{sync::Arc, thread};

#[path = "../../src/runtime/message/references.rs"]
mod references;

use crate::{
    check,
    memory::{AllRelaxed, Fault, Loom, Sound},
    must_fail,
    sync::{Memory, Word},
};

type Number<F> = <Loom<F> as Memory>::I32;

const OPEN: i32 = 7;
const LOCKED: i32 = !OPEN;

/// A part, and what its holders did to it: relaxed, so that only the references say that it is visible.
struct Part<F: Fault> {
    references: Number<F>,
    magic: Number<F>,
    done: [Number<F>; 2],
}

impl<F: Fault> Part<F> {
    fn new(references: i32) -> Arc<Self> {
        Arc::new(Self {
            references: Number::<F>::new(references),
            magic: Number::<F>::new(OPEN),
            done: [Number::<F>::new(0), Number::<F>::new(0)],
        })
    }

    fn done(&self) -> i32 {
        self.done[0].load(Relaxed) + self.done[1].load(Relaxed)
    }

    /// Does something, and gives a reference back: the last one sees what was done, and frees.
    fn end(&self, holder: usize, all: i32) -> i32 {
        self.done[holder].store(1, Relaxed);
        let last = references::was_last(&self.references);
        assert!(!last || self.done() == all);
        i32::from(last)
    }
}

/// A message is cloned for another thread, which clones it again and gives one of its references back at once.
fn clones<F: Fault>() {
    let part = Part::<F>::new(1);
    references::share(&part.references);
    let other = {
        let part = part.clone();
        thread::spawn(move || {
            references::share(&part.references);
            assert!(!references::was_last(&part.references));
            part.end(1, 2)
        })
    };
    let freed = part.end(0, 2);
    assert_eq!(freed + other.join().unwrap(), 1, "freed once");
}

/// Two threads add to a part, each if it gets the lock.
fn adds<F: Fault>() {
    let part = Part::<F>::new(2);
    let add = |part: &Part<F>| {
        let locked = references::try_lock(&part.magic, OPEN, LOCKED);
        if locked {
            part.done[0].store(part.done() + 1, Relaxed);
            references::unlock(&part.magic, OPEN);
        }
        i32::from(locked)
    };
    let other = {
        let part = part.clone();
        thread::spawn(move || add(&part))
    };
    let count = add(&part);
    let count = count + other.join().unwrap();
    assert!(count > 0 && part.done() == count);
}

#[test]
fn part_is_freed_once_and_after_its_last_use() {
    check(clones::<Sound>);
    must_fail(clones::<AllRelaxed>);
}

#[test]
fn lock_of_a_part_keeps_threads_apart() {
    check(adds::<Sound>);
    must_fail(adds::<AllRelaxed>);
}
