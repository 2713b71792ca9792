// SPDX-License-Identifier: LGPL-2.0-or-later
//! The flags word of a job: what each bit means, and what is to be done next, from values alone.
//!
//! | bits | meaning | who changes them |
//! |---|---|---|
//! | 0 to 15 | the job is in the queue of class n | sets: who puts it there; clears: who takes it out, with the lock or without |
//! | 16 | locked: a thread runs the job, or may change it | anybody sets it where it is clear; its owner clears it |
//! | 17 | a signal to the running thread goes with each signal to the job | the lock's owner |
//! | 18 | completed | the lock's owner, once |
//! | 24 to 31 | signals 0 to 7 are pending | anybody sets them; the lock's owner clears them |
//!
//! Every change is one atomic operation on the whole word, so no bit is lost. What a thread writes before it sets a
//! signal's bit is seen by whoever clears the bit; a signal that is pending already is stored again for that reason.
#![forbid(unsafe_code)]

/// The queues that hold the job, one bit a class.
pub(crate) const QUEUED: u32 = 0xffff;
pub(crate) const LOCKED: u32 = 0x1_0000;
pub(crate) const INTERRUPT: u32 = 0x2_0000;
pub(crate) const COMPLETED: u32 = 0x4_0000;
/// The pending signals; in a status, the allowed ones.
pub(crate) const SIGNALS: u32 = 0xff00_0000;

/// The class of main.
pub(crate) const MAIN: u32 = 3;

/// A signal to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Signal(u32);

impl Signal {
    pub(crate) const RUN: Self = Self(0);
    pub(crate) const AUX: Self = Self(1);
    pub(crate) const MSG: Self = Self(2);
    pub(crate) const ALARM: Self = Self(4);
    pub(crate) const ABORT: Self = Self(5);
    pub(crate) const FINISH: Self = Self(7);

    /// The signal of a number from 0 to 7.
    pub(crate) const fn of(number: i32) -> Option<Self> {
        if number >= 0 && number <= 7 { Some(Self(number as u32)) } else { None }
    }

    pub(crate) const fn number(self) -> i32 {
        self.0 as i32
    }

    /// Its bit among the pending ones, and among the allowed ones.
    pub(crate) const fn bit(self) -> u32 {
        0x100_0000 << self.0
    }
}

/// What a job says about its signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Bits 24 to 31: allowed; bits 16 to 23: fast.
    pub(crate) status: u32,
    /// Four bits for each signal.
    pub(crate) classes: u32,
}

impl Rules {
    fn class_of(self, signal: Signal) -> u32 {
        self.classes >> (signal.0 * 4) & 15
    }

    fn is_fast(self, signal: Signal) -> bool {
        self.status & 0x1_0000 << signal.0 != 0
    }
}

/// The thread that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Runner {
    /// The classes that it runs; class 0 is any thread that runs jobs.
    pub(crate) mask: u32,
    /// It is running a job already: only fast signals are run inside.
    pub(crate) busy: bool,
}

/// What the lock's owner does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing that is pending is allowed: give the lock back.
    Rest,
    /// Clear the signal's bit and run it.
    Run(Signal, u32),
    /// Give the lock back and put the job into the queue of this class; if it is there already, drop the reference.
    Queue { class: u32, word: u32, already: bool },
}

/// The next step with a job whose flags are `word`: of the pending signals that are allowed, the highest goes first.
#[inline]
pub(crate) fn next(word: u32, rules: Rules, runner: Runner) -> Step {
    let todo = word & rules.status & SIGNALS;
    if todo == 0 {
        return Step::Rest;
    }
    let signal = Signal(7 - todo.leading_zeros());
    let class = rules.class_of(signal);
    if runner.mask >> class & 1 != 0 && (!runner.busy || rules.is_fast(signal)) {
        return Step::Run(signal, class);
    }
    // A fast signal of no class, which this thread cannot run, is main's.
    let class = if class == 0 { MAIN } else { class };
    let queued = 1 << class;
    Step::Queue { class, word: (word | queued) & !LOCKED, already: word & queued != 0 }
}

/// Which queue bits a thread clears that took the job out of a queue: those of the classes that it runs.
///
/// `from_main`: it is out of main's queue. If none of its bits is main's, a class got threads of its own after the job was
/// put there: then all are cleared, so that the job can be queued again, where it belongs now. A bit of another queue, which
/// holds the job indeed, is lost with that, and the job may be there twice: the second time there is nothing to do.
#[inline]
pub(crate) fn taken_out(word: u32, mask: u32, from_main: bool) -> u32 {
    match word & QUEUED & mask {
        0 if from_main => word & QUEUED,
        own => own,
    }
}

/// What a job's function tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The job is no more.
    Destroyed,
    /// The process ends.
    Failed,
    /// The job sends itself these signals, as bits of the word, and is completed or not.
    Goes { signals: u32, completed: bool },
}

/// The meaning of the result of a job's function.
pub(crate) fn outcome(result: i32) -> Outcome {
    match result {
        i32::MIN => Outcome::Destroyed,
        -1 => Outcome::Failed,
        0..=0x1ff => Outcome::Goes { signals: (result as u32 & 0xff) << 24, completed: result & 0x100 != 0 },
        _ => Outcome::Goes { signals: 0, completed: false },
    }
}

/// What a job does to its parent when it is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToParent {
    Drop,
    /// Its error becomes the parent's, unless it has one; with `child`, there is one child less.
    Abort {
        child: bool,
    },
    /// One child less, and RUN where that was the last and `run`.
    Child {
        run: bool,
    },
    Run,
}

/// `relation` is the lowest bits of a status.
pub(crate) fn to_parent(relation: u32, has_error: bool) -> ToParent {
    let (error, run, wakeup) = (relation & 1 != 0, relation & 2 != 0, relation & 4 != 0);
    match (has_error && error, wakeup, run) {
        (true, child, _) => ToParent::Abort { child },
        (_, true, run) => ToParent::Child { run },
        (_, _, true) => ToParent::Run,
        _ => ToParent::Drop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the legacy specification says, in other words: the signals in order from 7 down, each by itself.
    fn model(word: u32, status: u32, classes: u32, mask: u32, busy: bool) -> Step {
        for number in (0..8).rev() {
            let (pending, allowed) = (word >> (24 + number) & 1, status >> (24 + number) & 1);
            if pending + allowed < 2 {
                continue;
            }
            let class = classes.to_le_bytes()[number as usize / 2] >> (4 * (number % 2)) & 15;
            let may = mask & 1 << class != 0;
            let fast = status >> (16 + number) & 1 == 1;
            if may && (fast || !busy) {
                return Step::Run(Signal::of(number).unwrap(), class.into());
            }
            let queue = if class == 0 { 3 } else { u32::from(class) };
            let already = (word % (1 << (queue + 1))) >> queue == 1;
            let unlocked = word - if word >> 16 & 1 == 1 { 0x10000 } else { 0 };
            let word = if already { unlocked } else { unlocked + (1 << queue) };
            return Step::Queue { class: queue, word, already };
        }
        Step::Rest
    }

    /// All pending, allowed and fast bits; the classes and masks that can make a difference for the highest signal.
    #[test]
    fn next_step_is_the_models_in_every_state() {
        let mut counts = [0u32; 3];
        for pending in 0..256u32 {
            for allowed in 0..256u32 {
                let top = 31 - (pending & allowed).leading_zeros().min(31);
                for fast in [0, 1 << top, 0xff & !(1 << top), 0xff] {
                    for class in [0, 1, 3, 4, 15] {
                        for mask in [0, 1, 1 | 1 << class, 0xffff, 0xfff7] {
                            for busy in [false, true] {
                                for queued in [0, 1 << class, 1 << MAIN, 0xffff] {
                                    let word = pending << 24 | LOCKED | queued;
                                    let status = allowed << 24 | fast << 16 | 7;
                                    // Another class for the other signals.
                                    let classes = (0x2222_2222 & !(15 << (4 * top))) | (class << (4 * top));
                                    let step = next(word, Rules { status, classes }, Runner { mask, busy });
                                    assert_eq!(
                                        step,
                                        model(word, status, classes, mask, busy),
                                        "{word:x} {status:x}"
                                    );
                                    counts[match step {
                                        Step::Rest => 0,
                                        Step::Run(..) => 1,
                                        Step::Queue { .. } => 2,
                                    }] += 1;
                                }
                            }
                        }
                    }
                }
            }
        }
        assert!(counts.iter().all(|&count| count > 100_000), "{counts:?}");
    }

    #[test]
    fn pending_signals_and_the_completed_bit_survive_every_step() {
        for bits in 0..1u32 << 12 {
            let word = (bits & 0xff) << 24 | LOCKED | (bits >> 8 & 3) << 17 | (bits >> 10) << 3;
            let rules = Rules { status: SIGNALS, classes: 0x4444_4444 };
            if let Step::Queue { word: after, .. } = next(word, rules, Runner { mask: 1, busy: false }) {
                assert_eq!(after & !QUEUED, word & !QUEUED & !LOCKED);
                assert_eq!(after & QUEUED, word & QUEUED | 1 << 4);
            } else {
                assert_eq!(word & SIGNALS, 0);
            }
        }
    }

    #[test]
    fn job_out_of_a_queue_keeps_the_bits_of_the_others() {
        for queued in 0..=QUEUED {
            for mask in [0, 1, 3, 0xfff9, 0xfec9, 0xffff] {
                let word = SIGNALS | COMPLETED | queued;
                assert_eq!(taken_out(word, mask, false), queued & mask);
                let main = taken_out(word, mask, true);
                assert_eq!(main, if queued & mask == 0 { queued } else { queued & mask });
                assert_eq!(
                    main == 0,
                    queued == 0,
                    "no entry of main's queue leaves a bit that nobody clears"
                );
            }
        }
    }

    #[test]
    fn results_mean_what_the_legacy_ones_do() {
        for result in [i32::MIN, i32::MIN + 1, -2, -1, 0, 1, 0x80, 0xff, 0x100, 0x1ff, 0x200, 0x2ff, i32::MAX]
        {
            let expected = match result {
                i32::MIN => Outcome::Destroyed,
                -1 => Outcome::Failed,
                result if result & !0x1ff == 0 => {
                    Outcome::Goes { signals: (result as u32) << 24, completed: result >= 0x100 }
                }
                _ => Outcome::Goes { signals: 0, completed: false },
            };
            assert_eq!(outcome(result), expected, "{result:x}");
        }
    }

    #[test]
    fn parent_learns_of_an_error_first_then_of_its_children_then_runs() {
        for relation in 0..32 {
            for has_error in [false, true] {
                let expected = match (relation & 7, has_error) {
                    (1 | 3, true) => ToParent::Abort { child: false },
                    (5 | 7, true) => ToParent::Abort { child: true },
                    (4 | 5, _) => ToParent::Child { run: false },
                    (6 | 7, _) => ToParent::Child { run: true },
                    (2 | 3, _) => ToParent::Run,
                    _ => ToParent::Drop,
                };
                assert_eq!(to_parent(relation, has_error), expected, "{relation} {has_error}");
            }
        }
    }
}
