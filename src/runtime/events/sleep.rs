// SPDX-License-Identifier: LGPL-2.0-or-later
//! One turn of the loop: what is due is done, and then the thread sleeps until there is more.
//!
//! The sleep ends with an event, when a timer of any thread is due, or when somebody who has brought work to this thread wakes
//! it ([`wakeup`]): so what others have brought is looked at between the announcement and the sleep.

use core::{
    ffi::c_int,
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

use super::{
    Counts, Host, Refused, Told,
    raw::{EventRoom, Events},
};
use crate::{
    layout::atomic_f64::AtomicF64,
    runtime::wakeup::{self, Until},
    sys::{
        epoll::{self, Timeout},
        errno,
    },
};

/// What the loop asks of its host besides.
pub(crate) trait Loop: Host {
    /// Reads the wall clock and the monotonic one, for all who ask the thread for the time. Returns both, in seconds.
    fn read_clocks(&self) -> (c_int, f64);
    /// As [`Self::read_clocks`], the monotonic one only.
    fn read_monotonic(&self) -> f64;
    /// Calls the timers that are due, by the clock as it was last read.
    fn run_timers(&self);
    /// When the thread's own first timer is due.
    fn own_timer(&self) -> Option<f64>;
    /// When the first timer of each other thread is due.
    fn other_timers(&self) -> impl Iterator<Item = f64>;
    /// Tells each thread whose first timer is due by the clock as it was last read.
    fn wake_timers(&self);
    /// Whether somebody has brought work to this thread, which it would do after this turn.
    fn has_work(&self) -> bool;
}

/// The thread that sleeps, as others see it.
pub(crate) struct Sleeper<'a> {
    pub(crate) status: &'a AtomicI32,
    pub(crate) until: &'a Until,
}

/// How long the thread slept, for the statistics, in seconds.
pub(crate) struct Idle<'a> {
    /// In all.
    pub(crate) total: &'a AtomicF64,
    /// The last seconds count most: each second takes a hundred-and-first part.
    pub(crate) recent: &'a AtomicF64,
    /// The same sum over whole seconds, with which `recent` is compared.
    pub(crate) recent_whole: &'a AtomicF64,
    /// When the last sleep ended.
    pub(crate) end: &'a AtomicF64,
    /// Up to which second the two are right.
    pub(crate) second: &'a AtomicI32,
}

impl Idle<'_> {
    /// After this many seconds without a look at the clock, the sums are kept as they are.
    const LONG_AGO: c_int = 60;
    const KEPT: f64 = 100.0 / 101.0;

    fn slept(&self, start: f64, end: f64, second: c_int) {
        self.end.store(end);
        self.total.add(end - start);
        self.recent.add(end - start);
        let before = self.second.load(Relaxed);
        if second > before && second < before.saturating_add(Self::LONG_AGO) {
            for _ in before..second {
                self.recent.store(self.recent.load() * Self::KEPT);
                self.recent_whole.store(self.recent_whole.load() * Self::KEPT + 1.0);
            }
        }
        self.second.store(second, Relaxed);
    }
}

/// The longest sleep in seconds: the statistics want to see each minute.
const LONGEST: f64 = 10.0;

/// A timer of another thread that is due already: that thread is told of it after this time. It became due since the last look,
/// or nobody there runs timers, and this thread must not be busy for it.
const SOON: f64 = 0.001;

/// When a sleep that starts `now` must end.
fn end_of_sleep(now: f64, own: Option<f64>, others: impl Iterator<Item = f64>) -> f64 {
    let others = others.map(|time| if time <= now { now + SOON } else { time });
    // A time that is not a number is passed over.
    others.chain(own).fold(now + LONGEST, f64::min)
}

/// Rounded up, so that the timer is due afterwards.
fn nanoseconds(seconds: f64) -> u64 {
    if seconds > 0.0 { ((seconds * 1e9) as u64).saturating_add(1) } else { 0 }
}

/// What a turn works with.
pub(crate) struct Turn<'a, H> {
    pub(crate) events: Events<'a>,
    pub(crate) sleeper: Sleeper<'a>,
    pub(crate) idle: Idle<'a>,
    pub(crate) counts: Counts<'a>,
    pub(crate) host: H,
}

impl<H: Loop> Turn<'_, H> {
    /// Waits for events and queues them, for as long as `timeout` says, which is asked after the announcement of the sleep; not at
    /// all if there is work. Returns how many events there were.
    pub(crate) fn fetch(
        &self,
        room: &mut EventRoom,
        timeout: impl FnOnce() -> Timeout,
    ) -> Result<Option<usize>, Refused> {
        let (status, until) = (self.sleeper.status, self.sleeper.until);
        self.counts.calls.fetch_add(1, Relaxed);
        wakeup::announce_sleep(status, until);
        let timeout = if self.host.has_work() { Timeout::Milliseconds(0) } else { timeout() };
        let mut events = epoll::wait(self.events.epoll, room, timeout);
        wakeup::end_sleep(status);
        if events.is_none() && errno::get() == libc::EINTR {
            self.counts.interrupted.fetch_add(1, Relaxed);
            events = Some(&[]);
        }
        let count = events.map(<[_]>::len);
        self.host.tell(Told::Waited(count));
        self.events.queue(events.unwrap_or_default())?;
        Ok(count)
    }

    /// Calls what is due, sleeps, and calls what is due then. Returns how many handlers it called after the sleep; 0 if the process
    /// is asked to end.
    pub(crate) fn work(&self, room: &mut EventRoom) -> Result<c_int, Refused> {
        self.host.read_clocks();
        loop {
            self.events.run(&self.host)?;
            self.host.run_timers();
            if self.host.is_ending() {
                return Ok(0);
            }
            if self.events.len() == 0 {
                break;
            }
        }
        let start = self.host.read_monotonic();
        self.fetch(room, || {
            let (own, others) = (self.host.own_timer(), self.host.other_timers());
            let end = end_of_sleep(start, own, others);
            self.sleeper.until.set(end);
            Timeout::Nanoseconds(nanoseconds(end - start))
        })?;
        let (second, end) = self.host.read_clocks();
        self.idle.slept(start, end, second);
        self.host.run_timers();
        self.host.wake_timers();
        self.events.run(&self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_ends_when_the_first_timer_of_any_thread_is_due() {
        let end = |own, others: &[f64]| end_of_sleep(100.0, own, others.iter().copied());
        assert_eq!(end(None, &[]), 100.0 + LONGEST);
        assert_eq!(end(Some(100.5), &[]), 100.5);
        assert_eq!(end(Some(100.5), &[101.0, 100.25, 102.0]), 100.25);
        assert_eq!(end(Some(99.0), &[100.25]), 99.0);
        assert_eq!(end(Some(f64::NAN), &[f64::NAN]), 100.0 + LONGEST);
    }

    /// A thread that has not come to its timer yet must not keep this one busy.
    #[test]
    fn timer_of_another_thread_that_is_due_is_looked_at_again_later() {
        assert_eq!(end_of_sleep(100.0, None, [100.0, 3.0].into_iter()), 100.0 + SOON);
    }

    #[test]
    fn sleep_is_not_shorter_than_the_timer() {
        for (seconds, least) in [(0.0, 0), (-1.0, 0), (1e-10, 1), (0.5, 500_000_000), (f64::NAN, 0)] {
            assert!((least..least + 2).contains(&nanoseconds(seconds)), "{seconds}");
        }
        assert_eq!(nanoseconds(f64::INFINITY), u64::MAX);
    }

    #[test]
    fn each_second_takes_a_part_of_the_recent_sleep() {
        let (number, second) = ([const { AtomicF64::new(0.0) }; 4], AtomicI32::new(0));
        let [total, recent, recent_whole, end] = &number;
        let idle = Idle { total, recent, recent_whole, end, second: &second };
        idle.slept(5.0, 6.0, 1_000_000);
        assert_eq!((total.load(), recent.load(), recent_whole.load(), end.load()), (1.0, 1.0, 0.0, 6.0));
        idle.slept(6.0, 8.0, 1_000_002);
        let kept = Idle::KEPT;
        assert_eq!((total.load(), recent.load(), recent_whole.load()), (3.0, 3.0 * kept * kept, kept + 1.0));
        idle.slept(8.0, 8.5, 1_000_100);
        assert_eq!((total.load(), recent.load()), (3.5, 3.0 * kept * kept + 0.5), "too long ago");
        idle.slept(8.5, 8.5, 1_000_101);
        assert_eq!((recent_whole.load(), second.load(Relaxed)), ((kept + 1.0) * kept + 1.0, 1_000_101));
        idle.slept(8.5, 8.5, 999);
        assert_eq!(second.load(Relaxed), 999, "the clock went back");
    }
}
