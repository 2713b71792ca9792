// SPDX-License-Identifier: LGPL-2.0-or-later
//! The end of a thread, and its turn.

use core::{
    ffi::c_void,
    sync::atomic::{AtomicU64, Ordering::AcqRel, Ordering::Acquire},
};

/// A function that is called at the end of each thread that asked for it.
pub(crate) struct AtThreadEnd {
    /// One more than the key, or 0 until it is first asked for.
    key: AtomicU64,
    call: unsafe extern "C" fn(*mut c_void),
}

impl AtThreadEnd {
    pub(crate) const fn new(call: unsafe extern "C" fn(*mut c_void)) -> Self {
        Self { key: AtomicU64::new(0), call }
    }

    /// At the calling thread's end the function is called with `value`. False if the system lacks the room to note it.
    ///
    /// # Safety
    /// The function may be called with `value` then.
    pub(crate) unsafe fn call_with(&self, value: *mut c_void) -> bool {
        // SAFETY: a key that is never deleted.
        self.key().is_some_and(|key| unsafe { libc::pthread_setspecific(key, value) } == 0)
    }

    /// What the calling thread has noted; null if nothing.
    #[cfg(feature = "capi")]
    pub(crate) fn value(&self) -> *mut c_void {
        // SAFETY: a key that is never deleted.
        self.key().map_or(core::ptr::null_mut(), |key| unsafe { libc::pthread_getspecific(key) })
    }

    fn key(&self) -> Option<libc::pthread_key_t> {
        let known = |key: u64| libc::pthread_key_t::try_from(key.checked_sub(1)?).ok();
        if let Some(key) = known(self.key.load(Acquire)) {
            return Some(key);
        }
        let mut key = 0;
        // SAFETY: writes a key.
        if unsafe { libc::pthread_key_create(&raw mut key, Some(self.call)) } != 0 {
            return None;
        }
        match self.key.compare_exchange(0, u64::from(key) + 1, AcqRel, Acquire) {
            Ok(_) => Some(key),
            Err(first) => {
                // SAFETY: another thread was first, and nobody has this key.
                unsafe { libc::pthread_key_delete(key) };
                known(first)
            }
        }
    }
}

/// Lets other threads run.
pub(crate) fn give_way() {
    // SAFETY: touches no memory.
    unsafe { libc::sched_yield() };
}
