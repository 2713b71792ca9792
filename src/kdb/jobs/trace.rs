// SPDX-License-Identifier: LGPL-2.0-or-later
//! The log of each step of jobs, at verbosity 3 and above.

use core::{ffi::c_int, sync::atomic::Ordering::Relaxed};

use crate::{
    kdb::support::{c_text, kprintf},
    runtime::jobs::{Job, ParentStep, Trace},
};

/// What most lines tell of a job.
struct Facts {
    flags: u32,
    status: u32,
    classes: u32,
    count: c_int,
    children: c_int,
    error: c_int,
}

fn facts(job: Job<'_>) -> Facts {
    let rules = job.rules();
    Facts {
        flags: job.word().load(Relaxed),
        status: rules.status,
        classes: rules.classes,
        count: job.count().load(Relaxed),
        children: job.children().load(Relaxed),
        error: job.error().load(Relaxed),
    }
}

#[cold]
pub(super) fn print(trace: Trace<'_>) {
    // SAFETY: in each arm a C string, and arguments of the types that it asks for.
    unsafe {
        match trace {
            Trace::Unlock(job) => {
                let f = facts(job);
                let text =
                    c_text!("UNLOCK JOB %p, type %p, flags %08x, status %08x, sigclass %08x, refcnt %d\n");
                kprintf(text.as_ptr(), job.as_ptr(), job.function(), f.flags, f.status, f.classes, f.count);
            }
            Trace::Destroying(job) => {
                let text = c_text!("DESTROYING JOB %p, type %p, flags %08x\n");
                kprintf(text.as_ptr(), job.as_ptr(), job.function(), facts(job).flags);
            }
            Trace::Begin(job, signal, class) => {
                let f = facts(job);
                let text = c_text!(
                    "BEGIN JOB %p, type %p, flags %08x, status %08x, sigclass %08x (signal %d of class %d), refcnt %d\n"
                );
                kprintf(
                    text.as_ptr(),
                    job.as_ptr(),
                    job.function(),
                    f.flags,
                    f.status,
                    f.classes,
                    signal.number(),
                    class,
                    f.count,
                );
            }
            Trace::End(job, signal, class, result) => {
                let f = facts(job);
                let text = c_text!(
                    "END JOB %p, type %p, flags %08x, status %08x, sigclass %08x (signal %d of class %d), refcnt %d, %d children: RES = %d\n"
                );
                kprintf(
                    text.as_ptr(),
                    job.as_ptr(),
                    job.function(),
                    f.flags,
                    f.status,
                    f.classes,
                    signal.number(),
                    class,
                    f.count,
                    f.children,
                    result,
                );
            }
            Trace::Destroyed(job) => {
                kprintf(c_text!("JOB %p DESTROYED: RES = %d\n").as_ptr(), job, c_int::MIN);
            }
            Trace::Queued(job, class, subclass) => {
                let (f, at, function) = (facts(job), job.as_ptr(), job.function());
                if let Some(subclass) = subclass {
                    let text = c_text!(
                        "RESCHEDULED JOB %p, type %p, flags %08x, refcnt %d -> Queue %d subclass %d\n"
                    );
                    kprintf(text.as_ptr(), at, function, f.flags, f.count, class, subclass);
                } else {
                    let text = c_text!("RESCHEDULED JOB %p, type %p, flags %08x, refcnt %d -> Queue %d\n");
                    kprintf(text.as_ptr(), at, function, f.flags, f.count, class);
                }
            }
            Trace::WakingMain => kprintf(c_text!("WAKING UP MAIN THREAD\n").as_ptr()),
            Trace::Sending(job, signals) => {
                let f = facts(job);
                let text = c_text!("SENDING SIGNALS %08x to JOB %p, type %p, flags %08x, refcnt %d\n");
                kprintf(text.as_ptr(), signals, job.as_ptr(), job.function(), f.flags, f.count);
            }
            Trace::Complete(job) => {
                let f = facts(job);
                let text = c_text!(
                    "COMPLETE JOB %p, type %p, flags %08x, status %08x, error %d; refcnt=%d; PARENT %p\n"
                );
                kprintf(
                    text.as_ptr(),
                    job.as_ptr(),
                    job.function(),
                    f.flags,
                    f.status,
                    f.error,
                    f.count,
                    job.parent().load(Relaxed),
                );
            }
            Trace::Parent(parent, step) => {
                let (at, children) = (parent.as_ptr(), facts(parent).children);
                match step {
                    ParentStep::Abort => {
                        let text = c_text!("waking up parent %p with JS_ABORT (%d children remaining)\n");
                        kprintf(text.as_ptr(), at, children);
                    }
                    ParentStep::Run => kprintf(c_text!("waking up parent %p with JS_RUN\n").as_ptr(), at),
                    ParentStep::Waits => {
                        kprintf(c_text!("parent %p: %d children remaining\n").as_ptr(), at, children);
                    }
                }
            }
            Trace::Creating(job) => {
                let f = facts(job);
                let text =
                    c_text!("CREATING JOB %p, type %p, flags %08x, status %08x, sigclass %08x; PARENT %p\n");
                kprintf(
                    text.as_ptr(),
                    job.as_ptr(),
                    job.function(),
                    f.flags,
                    f.status,
                    f.classes,
                    job.parent().load(Relaxed),
                );
            }
            Trace::Alarm(job, due) => {
                let f = facts(job);
                let text = if due {
                    c_text!("ALARM JOB %p, type %p, flags %08x, status %08x, refcnt %d; PARENT %p\n")
                } else {
                    c_text!("ALARM JOB %p, type %p, flags %08x, status %08x, refcnt %d; PARENT %p. SKIPPED\n")
                };
                kprintf(
                    text.as_ptr(),
                    job.as_ptr(),
                    job.function(),
                    f.flags,
                    f.status,
                    f.count,
                    job.parent().load(Relaxed),
                );
            }
            Trace::Got(thread, value) => {
                let class = thread.thread_class.load(Relaxed);
                if class == 3 {
                    kprintf(c_text!("MAIN THREAD: got job %p\n").as_ptr(), value);
                } else {
                    let text = c_text!("JOB THREAD #%d (CLASS %d): got job %p\n");
                    kprintf(text.as_ptr(), thread.id.load(Relaxed), class, value);
                }
            }
        }
    }
}
