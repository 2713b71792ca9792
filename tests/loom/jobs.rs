// SPDX-License-Identifier: LGPL-2.0-or-later
//! `runtime/jobs`: the flags word of one job, which several threads signal and run. What is put into a queue is a number here,
//! and references are not counted.

use loom::{
    cell::UnsafeCell,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    thread,
};

#[path = "../../src/runtime/jobs/flags.rs"]
mod flags;
#[path = "../../src/runtime/jobs/word.rs"]
mod word;

use std::sync::atomic::Ordering::Acquire;

use flags::{Sent, Settled, Taken};
use word::{LOCKED, MAIN, QUEUED, Rules, Runner, SIGNALS, Signal};

use crate::{
    check,
    memory::{AllRelaxed, Atomic, Fault, Sound},
    must_fail,
    sync::Word,
};

const SENDERS: usize = 2;

/// All signals are allowed. `class`: of all.
const fn rules(class: u32) -> Rules {
    Rules { status: SIGNALS, classes: class * 0x1111_1111 }
}

/// Main, and a thread that runs nothing.
const MAIN_THREAD: Runner = Runner { mask: 0xffff, busy: false };
const PLAIN_THREAD: Runner = Runner { mask: 0, busy: false };

struct Model<F: Fault> {
    word: Atomic<AtomicU32, F>,
    rules: Rules,
    /// How often the job is in main's queue.
    queued: Mutex<u32>,
    /// What senders have written before they sent a signal.
    posted: [AtomicU32; SENDERS],
    /// What the job has seen of it. Only who has the lock uses this: loom sees who does not.
    seen: UnsafeCell<[u32; SENDERS]>,
    /// A signal that is pending already is not stored again.
    shortcut: bool,
}

// SAFETY: `seen` is used under the lock alone, which loom checks.
unsafe impl<F: Fault> Sync for Model<F> {}
// SAFETY: likewise.
unsafe impl<F: Fault> Send for Model<F> {}

impl<F: Fault> Model<F> {
    fn new(class: u32, shortcut: bool) -> Arc<Self> {
        Arc::new(Self {
            word: Word::new(0),
            rules: rules(class),
            queued: Mutex::new(0),
            posted: [const { 0 }; SENDERS].map(AtomicU32::new),
            seen: UnsafeCell::new([0; SENDERS]),
            shortcut,
        })
    }

    fn put(&self, already: bool) {
        if !already {
            *self.queued.lock().unwrap() += 1;
        }
    }

    /// The job's function.
    fn run(&self) {
        self.seen.with_mut(|seen| {
            // SAFETY: under the lock.
            let seen = unsafe { &mut *seen };
            for (seen, posted) in seen.iter_mut().zip(&self.posted) {
                *seen = posted.load(Relaxed);
            }
        });
    }

    /// As the driver does it.
    fn perform(&self, runner: Runner, mut now: Option<Taken>) {
        loop {
            let mut unchanged = None;
            if let Some(taken) = now.take() {
                self.run();
                unchanged = Some(taken.word);
            }
            let seen = unchanged.unwrap_or_else(|| self.word.load(Relaxed));
            assert!(seen & LOCKED != 0, "somebody else gave the lock back");
            match flags::settle(&self.word, seen, 0, self.rules, runner) {
                Settled::Changed => {}
                Settled::Run(taken) => now = Some(taken),
                Settled::Queue { already, .. } => return self.put(already),
                Settled::Rest if flags::rest(&self.word, seen, 0) => return,
                Settled::Rest => {}
            }
        }
    }

    fn go_on(&self, runner: Runner, sent: Sent) {
        match sent {
            Sent::Queue { already, .. } => self.put(already),
            Sent::Locked => self.perform(runner, None),
            Sent::Left => {}
        }
    }

    fn send(&self, runner: Runner, sender: usize, signal: Signal) {
        self.posted[sender].store(1, Relaxed);
        let seen = self.word.load(Acquire);
        if seen & signal.bit() != 0 {
            if !self.shortcut {
                if let Ok(sent) = flags::send_again(&self.word, signal.bit()) {
                    self.go_on(runner, sent);
                }
            }
        } else if let Some(taken) = flags::enter(&self.word, seen, || self.rules, runner, signal.bit(), 0) {
            self.perform(runner, taken);
        } else {
            self.go_on(runner, flags::send(&self.word, signal.bit(), || self.rules, runner));
        }
    }

    /// Main takes the job out of its queue, once; false if it is not there.
    fn process(&self) -> bool {
        {
            let mut queued = self.queued.lock().unwrap();
            if *queued == 0 {
                return false;
            }
            *queued -= 1;
        }
        let seen = self.word.load(Acquire);
        let clear = word::taken_out(seen, MAIN_THREAD.mask, true);
        if let Some(taken) = flags::enter(&self.word, seen, || self.rules, MAIN_THREAD, 0, clear) {
            self.perform(MAIN_THREAD, taken);
        } else if flags::take_out(&self.word, clear) {
            self.perform(MAIN_THREAD, None);
        }
        true
    }

    fn end(&self) {
        while self.process() {}
        assert_eq!(self.word.load(Relaxed) & (SIGNALS | LOCKED | QUEUED), 0, "something is left to do");
        // SAFETY: the other threads have ended.
        let seen = self.seen.with(|seen| unsafe { *seen });
        assert_eq!(seen, [1; SENDERS], "the job has not run since a signal");
    }
}

/// Two threads send the job a signal each; the first may run it, main takes it out of its queue meanwhile.
fn signals<F: Fault>(class: u32, first: Runner, signal: [Signal; 2], shortcut: bool) -> impl Fn() {
    move || {
        let model = Model::<F>::new(class, shortcut);
        let senders =
            [(0, first, signal[0]), (1, PLAIN_THREAD, signal[1])].map(|(number, runner, signal)| {
                let model = Arc::clone(&model);
                thread::spawn(move || model.send(runner, number, signal))
            });
        model.process();
        for sender in senders {
            sender.join().unwrap();
        }
        model.end();
    }
}

#[test]
fn signal_of_two_threads_is_seen_by_a_run_after_both() {
    check(signals::<Sound>(MAIN, PLAIN_THREAD, [Signal::RUN; 2], false));
    check(signals::<Sound>(0, MAIN_THREAD, [Signal::RUN; 2], false));
}

#[test]
fn two_signals_run_one_after_the_other() {
    check(signals::<Sound>(MAIN, MAIN_THREAD, [Signal::RUN, Signal::ABORT], false));
}

#[test]
fn control_a_pending_signal_that_is_not_stored_again_is_lost() {
    must_fail(signals::<Sound>(MAIN, PLAIN_THREAD, [Signal::RUN; 2], true));
}

#[test]
fn control_a_lock_without_order_lets_two_threads_run() {
    must_fail(signals::<AllRelaxed>(MAIN, MAIN_THREAD, [Signal::RUN, Signal::ABORT], false));
}
