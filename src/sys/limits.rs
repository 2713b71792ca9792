// SPDX-License-Identifier: LGPL-2.0-or-later
//! The limit of open files.

/// How many files the process may have open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileLimit {
    /// The limit in force.
    pub(crate) soft: libc::rlim_t,
    /// Up to which the process may raise it.
    pub(crate) hard: libc::rlim_t,
}

impl FileLimit {
    /// The process's limit.
    pub(crate) fn get() -> Option<Self> {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: a place that is writable.
        let result = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
        (result == 0).then_some(Self { soft: limit.rlim_cur, hard: limit.rlim_max })
    }

    /// Makes it the process's.
    pub(crate) fn set(self) -> bool {
        let limit = libc::rlimit { rlim_cur: self.soft, rlim_max: self.hard };
        // SAFETY: a place that is readable.
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) == 0 }
    }
}
