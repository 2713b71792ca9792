// SPDX-License-Identifier: LGPL-2.0-or-later
//! `jobs/jobs.h`.

use core::{ptr, sync::atomic::AtomicPtr};

/// A function that each new job thread calls. The host links those it knows of through `next`.
#[repr(C)]
pub struct ThreadCallback {
    pub(crate) next: AtomicPtr<ThreadCallback>,
    pub(crate) new_thread: extern "C" fn(),
}

impl ThreadCallback {
    pub(crate) const fn new(new_thread: extern "C" fn()) -> Self {
        Self { next: AtomicPtr::new(ptr::null_mut()), new_thread }
    }
}
