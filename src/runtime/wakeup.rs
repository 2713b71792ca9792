// SPDX-License-Identifier: LGPL-2.0-or-later
//! How a thread that sleeps in the kernel is woken, without a lost wake-up and without a system call per message.
//!
//! The sleeper announces its sleep in a status, then looks for work once more; whoever brings work publishes it, then reads
//! the status. Each side has a full fence between its write and its read, so that at least one of them sees the other's
//! write: the sleeper finds the work, or the other side finds the announcement, and wakes it. Without one of the fences
//! both may read what was before, even on x86, and the work waits for the end of the sleep.
//!
//! The status has the legacy values, for C code beside ours: 0 awake, 1 asleep or about to be, 2 asleep and already woken.

use core::sync::atomic::{
    AtomicI32, AtomicU64,
    Ordering::{Relaxed, SeqCst},
    fence,
};

const AWAKE: i32 = 0;
const ASLEEP: i32 = 1;
const WOKEN: i32 = 2;

/// When the main thread ends its sleep by itself: a reading of the monotonic clock, in seconds.
pub(crate) static MAIN_SLEEPS_UNTIL: Until = Until::new();

/// When a thread ends its sleep by itself. It counts only while the thread's status says that it is asleep.
pub(crate) struct Until(AtomicU64);

impl Until {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(f64::INFINITY.to_bits()))
    }

    /// The sleeper's: after [`announce_sleep`] and its look at all timers.
    pub(crate) fn set(&self, time: f64) {
        self.0.store(time.to_bits(), Relaxed);
    }

    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

/// The sleeper's first step. What others publish, timers too, it must look at only after this, and must not sleep if it finds
/// any.
///
/// Until the sleeper has said when the sleep ends, each timer that another thread sets wakes it.
pub(crate) fn announce_sleep(status: &AtomicI32, until: &Until) {
    until.set(f64::INFINITY);
    status.store(ASLEEP, Relaxed);
    // Pairs with the fence of `must_wake`: the sleeper's look, which comes next, sees what was published before that fence,
    // or that side's read of the status sees ASLEEP, and its read of `until` the infinity or what follows it.
    fence(SeqCst);
}

/// The sleeper's last step.
pub(crate) fn end_sleep(status: &AtomicI32) {
    // Nothing is ordered by this: whoever still reads ASLEEP wakes a thread that is awake, which costs one system call.
    status.store(AWAKE, Relaxed);
}

/// Whether the caller, who has published work for the thread, must wake it now. True for one caller per sleep.
#[must_use]
pub(crate) fn must_wake(status: &AtomicI32) -> bool {
    // Pairs with the fence of `announce_sleep`.
    fence(SeqCst);
    claim(status)
}

/// As [`must_wake`], for a caller who has published that a timer is due at `time`.
#[must_use]
pub(crate) fn must_wake_for_timer(status: &AtomicI32, until: &Until, time: f64) -> bool {
    // Pairs with the fence of `announce_sleep`.
    fence(SeqCst);
    time < until.get() && claim(status)
}

/// Makes the caller the one who wakes.
fn claim(status: &AtomicI32) -> bool {
    // The load spares a write to a line that all senders share. The system call that follows a success orders the rest.
    status.load(Relaxed) == ASLEEP && status.compare_exchange(ASLEEP, WOKEN, Relaxed, Relaxed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sleep_is_ended_by_one_caller() {
        let (status, until) = (AtomicI32::new(AWAKE), Until::new());
        assert!(!must_wake(&status), "it is awake");
        for _ in 0..2 {
            announce_sleep(&status, &until);
            assert_eq!([must_wake(&status), must_wake(&status)], [true, false]);
            end_sleep(&status);
            assert_eq!(status.load(Relaxed), 0);
        }
        assert!(!must_wake(&status), "it is awake");
    }

    #[test]
    fn timer_wakes_a_sleeper_that_would_sleep_longer() {
        let (status, until) = (AtomicI32::new(AWAKE), Until::new());
        assert!(!must_wake_for_timer(&status, &until, 1.0), "it is awake");
        announce_sleep(&status, &until);
        assert!(must_wake_for_timer(&status, &until, 1e9), "it has not said when the sleep ends");
        announce_sleep(&status, &until);
        until.set(5.0);
        for time in [5.0, 6.0, f64::INFINITY, f64::NAN] {
            assert!(!must_wake_for_timer(&status, &until, time), "{time}");
        }
        assert!(must_wake_for_timer(&status, &until, 4.999));
        assert!(!must_wake_for_timer(&status, &until, 4.0), "already woken");
        announce_sleep(&status, &until);
        assert!(must_wake_for_timer(&status, &until, 1e9), "the last sleep's end counts no more");
    }

    /// One thread goes to sleep while another brings it a message: the one finds the message, or the other must wake it.
    /// Without one of the fences, a processor may do each side's load before its store, and both miss the other.
    #[test]
    #[cfg_attr(miri, ignore = "a question to the processor")]
    fn sleeper_and_sender_never_both_miss_the_other() {
        use core::hint::spin_loop;
        use std::{sync::Arc, thread};
        const ROUNDS: i32 = 100_000;
        struct Pair {
            status: AtomicI32,
            until: Until,
            message: AtomicI32,
            round: AtomicI32,
            woken: AtomicI32,
        }
        let zero = || AtomicI32::new(0);
        let pair = Arc::new(Pair {
            status: zero(),
            until: Until::new(),
            message: zero(),
            round: zero(),
            woken: zero(),
        });
        let wait = |word: &AtomicI32, round: i32| {
            for turn in 0u32.. {
                if word.load(SeqCst) >= round {
                    return;
                }
                // Where there is one processor only, spinning alone would never end.
                if turn % 1024 == 1023 { thread::yield_now() } else { spin_loop() }
            }
        };
        let sender = Arc::clone(&pair);
        let thread = thread::spawn(move || {
            for round in 1..=ROUNDS {
                wait(&sender.round, round);
                sender.message.store(round, Relaxed);
                let woken = must_wake(&sender.status);
                sender.woken.store(2 * round + i32::from(woken), SeqCst);
            }
        });
        for round in 1..=ROUNDS {
            pair.round.store(round, SeqCst);
            // The sender starts a little after this store: meet it at different moments.
            for _ in 0..round % 64 {
                spin_loop();
            }
            announce_sleep(&pair.status, &pair.until);
            let found = pair.message.load(Relaxed) == round;
            wait(&pair.woken, 2 * round);
            assert!(found || pair.woken.load(SeqCst) % 2 == 1, "round {round}: a lost wake-up");
            end_sleep(&pair.status);
        }
        thread.join().unwrap();
    }
}
