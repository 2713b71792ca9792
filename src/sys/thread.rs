// SPDX-License-Identifier: LGPL-2.0-or-later
//! Threads: their start, who they are, their turn, their end.

use core::{
    ffi::{c_int, c_void},
    mem::MaybeUninit,
    sync::atomic::{AtomicU64, Ordering::AcqRel, Ordering::Acquire},
};

/// What a thread runs.
pub(crate) type ThreadMain = extern "C" fn(*mut c_void) -> *mut c_void;

/// Starts a thread with a stack of so many bytes. Returns its handle, or an error number.
pub(crate) fn start(main: ThreadMain, argument: *mut c_void, stack: usize) -> Result<u64, c_int> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut handle: libc::pthread_t = 0;
    // SAFETY: attributes that are initialised before they are used; the function takes any argument.
    let error = unsafe {
        let made = libc::pthread_attr_init(attributes.as_mut_ptr());
        if made != 0 {
            return Err(made);
        }
        libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), stack);
        let error = libc::pthread_create(&raw mut handle, attributes.as_ptr(), main, argument);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        error
    };
    #[allow(clippy::unnecessary_cast, reason = "C's long has 32 bits on some machines")]
    if error == 0 { Ok(handle as u64) } else { Err(error) }
}

/// The calling thread's handle.
pub(crate) fn own_handle() -> u64 {
    // SAFETY: takes no argument and cannot fail.
    let handle = unsafe { libc::pthread_self() };
    #[allow(clippy::unnecessary_cast, reason = "C's long has 32 bits on some machines")]
    let handle = handle as u64;
    handle
}

/// The kernel's number of the calling thread.
pub(crate) fn kernel_id() -> c_int {
    // SAFETY: takes no argument and cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) as c_int }
}

/// Sends the signal that interrupts a job to a thread.
///
/// # Safety
/// The handle is that of a thread that has not ended.
pub(crate) unsafe fn interrupt(handle: u64) {
    // SAFETY: a living thread, as the caller promises; the signal has a handler.
    unsafe { libc::pthread_kill(handle as libc::pthread_t, libc::SIGRTMAX() - 7) };
}

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
