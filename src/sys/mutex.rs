// SPDX-License-Identifier: LGPL-2.0-or-later
//! A lock over libc's mutex. The standard library's counts panics, and older Rusts link their panic runtime with it.

use core::cell::UnsafeCell;

/// A value that one thread uses at a time.
#[repr(C)]
pub(crate) struct Mutex<T> {
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    value: UnsafeCell<T>,
}

// SAFETY: only the thread that holds the mutex reaches the value, so it goes from thread to thread as if it were sent.
unsafe impl<T: Send> Sync for Mutex<T> {}

/// Unlocks when it goes away.
struct Held<'a>(&'a UnsafeCell<libc::pthread_mutex_t>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // SAFETY: initialised, and locked by this thread.
        unsafe { libc::pthread_mutex_unlock(self.0.get()) };
    }
}

impl<T> Mutex<T> {
    /// A static stays where it is, as a mutex in use must.
    pub(crate) const fn new(value: T) -> Self {
        Self { mutex: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER), value: UnsafeCell::new(value) }
    }

    /// Calls `act` with the value, while no other thread does. `act` must not call this again.
    pub(crate) fn with<R>(&'static self, act: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: initialised, and it never moves. The default kind fails for no thread that does not hold it.
        unsafe { libc::pthread_mutex_lock(self.mutex.get()) };
        let held = Held(&self.mutex);
        // SAFETY: this thread alone has the value until `held` unlocks.
        let result = act(unsafe { &mut *self.value.get() });
        drop(held);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::Mutex;

    #[test]
    fn one_thread_at_a_time_changes_the_value() {
        static NUMBER: Mutex<u64> = Mutex::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        NUMBER.with(|number| *number += 1);
                    }
                });
            }
        });
        assert_eq!(NUMBER.with(|number| *number), 80_000);
    }
}
