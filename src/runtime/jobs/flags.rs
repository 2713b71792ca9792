// SPDX-License-Identifier: LGPL-2.0-or-later
//! The atomic changes of a job's flags word, over any atomics: `tests/loom` tries all interleavings of them.
//!
//! Each that takes or gives the lock is AcqRel, and so is each that sets a signal: what was done under the lock before, and
//! by who sent a signal before it sent it, is seen by who runs the job.
#![forbid(unsafe_code)]

use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::word::{self, LOCKED, Rules, Runner, Signal, Step};
use crate::sync::Bits;

/// A signal that was taken off a job's word, to be run in this class.
pub(crate) struct Taken {
    pub(crate) signal: Signal,
    pub(crate) class: u32,
    /// The word since then, if nobody else has changed it.
    pub(crate) word: u32,
}

/// Locks a job that is not locked, and changes bits with it.
#[inline]
pub(crate) fn try_lock(word: &impl Bits, set: u32, clear: u32) -> bool {
    let mut seen = word.load(Relaxed);
    while seen & LOCKED == 0 {
        match word.compare_exchange(seen, seen & !clear | set | LOCKED, AcqRel, Relaxed) {
            Ok(_) => return true,
            Err(now) => seen = now,
        }
    }
    false
}

/// Locks a job whose word is `seen`, changes bits and takes the signal that this thread is to run now, all in one. `None` if
/// it may not run it, or the word has changed; within, `None` if the rules have changed: then it is locked.
#[inline(always)]
pub(crate) fn enter(
    word: &impl Bits,
    seen: u32,
    rules: impl Fn() -> Rules,
    runner: Runner,
    set: u32,
    clear: u32,
) -> Option<Option<Taken>> {
    let (by, wanted) = (rules(), seen & !clear | set);
    let Step::Run(signal, class) = word::next(wanted, by, runner) else { return None };
    let after = wanted & !signal.bit() | LOCKED;
    if seen & LOCKED != 0 || word.compare_exchange(seen, after, AcqRel, Relaxed).is_err() {
        return None;
    }
    if rules() != by {
        // Another thread changed them before it gave the lock back. The signal waits again.
        word.or(signal.bit(), Release);
        return Some(None);
    }
    Some(Some(Taken { signal, class, word: after }))
}

/// What the lock's owner found to do.
pub(crate) enum Settled {
    /// Nothing yet: the word was another one.
    Changed,
    Run(Taken),
    /// The lock is given back; the job must be put into this queue, unless it is there.
    Queue {
        class: u32,
        already: bool,
    },
    /// Nothing more: what is left is [`rest`].
    Rest,
}

/// The next step of the lock's owner with a word that it takes for `seen`; `fresh` signals are sent with it.
#[inline(always)]
pub(crate) fn settle(word: &impl Bits, seen: u32, fresh: u32, rules: Rules, runner: Runner) -> Settled {
    let change = |to: u32| word.compare_exchange(seen, to, AcqRel, Relaxed).is_ok();
    match word::next(seen | fresh, rules, runner) {
        Step::Run(signal, class) => {
            let after = (seen | fresh) & !signal.bit();
            // A signal that is not in the word yet needs no change.
            if after == seen || change(after) {
                Settled::Run(Taken { signal, class, word: after })
            } else {
                Settled::Changed
            }
        }
        Step::Queue { class, word: after, already } if change(after) => Settled::Queue { class, already },
        Step::Queue { .. } => Settled::Changed,
        Step::Rest => Settled::Rest,
    }
}

/// Gives the lock back, unless the word has changed.
#[inline(always)]
pub(crate) fn rest(word: &impl Bits, seen: u32, fresh: u32) -> bool {
    word.compare_exchange(seen, (seen | fresh) & !LOCKED, AcqRel, Relaxed).is_ok()
}

/// What became of signals to a job that this thread may not run at once.
pub(crate) enum Sent {
    /// The job must be put into this queue, unless it is there.
    Queue { class: u32, already: bool },
    /// The job is locked, and this thread goes on with it.
    Locked,
    /// Another thread has the lock, and will see them.
    Left,
}

/// Sends signals.
#[inline]
pub(crate) fn send(word: &impl Bits, signals: u32, rules: impl Fn() -> Rules, runner: Runner) -> Sent {
    let seen = word.load(Acquire);
    if seen & LOCKED == 0 {
        if let Step::Queue { class, word: after, already } = word::next(seen | signals, rules(), runner) {
            // It is to run elsewhere: no lock is needed to say so. Should its rules have changed meanwhile, the thread that
            // takes it out sees to it.
            if word.compare_exchange(seen, after, AcqRel, Relaxed).is_ok() {
                return Sent::Queue { class, already };
            }
        } else if try_lock(word, signals, 0) {
            return Sent::Locked;
        }
    }
    word.or(signals, AcqRel);
    if try_lock(word, 0, 0) { Sent::Locked } else { Sent::Left }
}

/// Sends signals that are pending already, as it seems. Stored again they are: whoever clears them comes after this, and sees
/// what this thread did before. A load alone would not say whether they are cleared at this moment. An error, the word, if they
/// are pending indeed.
pub(crate) fn send_again(word: &impl Bits, signals: u32) -> Result<Sent, u32> {
    let before = word.or(signals, AcqRel);
    if before & signals == signals {
        return Err(before);
    }
    Ok(if try_lock(word, 0, 0) { Sent::Locked } else { Sent::Left })
}

/// Clears the bits of the queue that a job was taken out of. True if it is locked then: else another thread has it, and sees
/// its signals.
#[inline]
pub(crate) fn take_out(word: &impl Bits, clear: u32) -> bool {
    try_lock(word, 0, clear) || {
        word.and(!clear, AcqRel);
        try_lock(word, 0, 0)
    }
}
