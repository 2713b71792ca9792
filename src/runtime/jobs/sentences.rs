// SPDX-License-Identifier: LGPL-2.0-or-later
//! What is said when a host misuses jobs, before the process ends.

use core::ffi::CStr;

use super::Misuse;
use crate::sys::c_text::c_text;

#[cold]
pub(crate) fn sentence(misuse: Misuse) -> &'static CStr {
    match misuse {
        Misuse::NullJob => c_text!("a null pointer where a job must be"),
        Misuse::NotLocked => c_text!("a job that must be locked is not locked"),
        Misuse::NotOwner => c_text!("a job is locked by another thread"),
        Misuse::Freed => c_text!("job_free: the job is freed already, or is no job"),
        Misuse::NoReference => c_text!("a job without references is referred to"),
        Misuse::UnhandledFinish => c_text!("unhandled JS_FINISH: the last reference of a job is gone"),
        Misuse::FinishedTwice => c_text!("the last reference of a job is gone twice"),
        Misuse::NoSignal => c_text!("a number that is no signal of a job"),
        Misuse::NoQueue => c_text!("there is no queue for jobs: init_async_jobs was not called"),
        Misuse::NoMemory => c_text!("out of memory for jobs"),
        Misuse::NoTimer => c_text!("a job without a timer"),
        Misuse::NoMessages => c_text!("a job without a message queue"),
        Misuse::ForeignTimer => c_text!("the timer of a job calls another function"),
        Misuse::NoTimerManager => c_text!("job_timer_insert: the timer's thread has no timer manager"),
        Misuse::NotMain => c_text!("this must be called by the main thread"),
        Misuse::NotJobThread => c_text!("this must be called by a job thread"),
        Misuse::BadClass => c_text!("a number that is no class of jobs, or not for this"),
        Misuse::BadThreadCount => c_text!("a class of jobs with fewer threads than none, or than its least"),
        Misuse::ClassTwice => c_text!("a class of jobs is declared twice"),
        Misuse::ThreadsBeforeMain => c_text!("init_async_jobs comes first, and once"),
        Misuse::BadSubclass => c_text!("a number that is no subclass"),
        Misuse::LostJob => c_text!("a subclass has fewer jobs than were announced"),
        Misuse::JobFailed => c_text!("unknown job signal"),
        Misuse::NoType => c_text!("a message to a job without a type"),
        Misuse::NoMagic => c_text!("a continuation to a job whose queue takes none"),
        Misuse::WrongContinuation => c_text!("the payload of a continuation is not one"),
        Misuse::TwoQueues => c_text!("a job gets a second message queue"),
        Misuse::UnknownMessage => c_text!("a notification got a message of an unknown type"),
        Misuse::NotList => c_text!("a job that is no list"),
        Misuse::CompletedList => c_text!("a job list that is completed"),
        Misuse::NotCompleted => {
            c_text!("the last reference of a job list is gone, and who waits was not told")
        }
        Misuse::NotEngine => {
            c_text!("insert_job_into_job_list: this thread does not run the class of the engine")
        }
    }
}
