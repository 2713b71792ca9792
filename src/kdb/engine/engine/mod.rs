// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `engine/engine`: how a host starts and ends, its regular work, and the pipe that wakes its main thread. The
//! weak `get_version_string_override` is in `shim/engine.c`.
//!
//! One promise stands behind the unsafe functions here, as in the original: [`default_main`] runs on the process's first
//! thread and makes the engine, the host's functions stay, and what they promise each other holds.

mod main_loop;
mod options;
mod start_up;
mod statistics;
mod wake_up;

use core::{
    ffi::{c_char, c_int, c_uint, c_ulonglong},
    ptr,
    sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed},
};

pub use main_loop::*;
pub use options::*;
pub use start_up::*;
pub use statistics::*;
pub use wake_up::*;

pub use crate::layout::engine::{Engine, EventPreciseCron, ServerFunctions};
use crate::{kdb::statics::Aligned16, runtime::signals::Signals};

/// The engine; null until it starts.
#[unsafe(no_mangle)]
pub static engine_state: AtomicPtr<Engine> = AtomicPtr::new(ptr::null_mut());

/// The name by which the program was called.
#[unsafe(no_mangle)]
pub static local_progname: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// How far the monotonic clock is ahead of the wall clock, in seconds: a mean, as the bits of a double.
#[unsafe(no_mangle)]
pub static precise_now_diff: AtomicU64 = AtomicU64::new(0);

/// An IPv6 address of this machine; zeros where it has none.
#[unsafe(no_mangle)]
pub static server_ipv6: Aligned16<[AtomicU64; 2]> = Aligned16([AtomicU64::new(0), AtomicU64::new(0)]);

/// The signals that an engine allows unless its host forbids them.
#[unsafe(no_mangle)]
pub static default_signal_mask: AtomicU64 = AtomicU64::new({
    let mut signals = Signals::of(libc::SIGHUP).0 | Signals::of(libc::SIGUSR1).0;
    let mut left = UNUSED_SIGNALS.as_slice();
    while let Some((&signal, rest)) = left.split_first() {
        signals |= Signals::of(signal).0;
        left = rest;
    }
    signals
});

/// Real-time signals that are allowed, and do nothing: counted from the last one.
const UNUSED_SIGNALS: [c_int; 5] = [64, 63, 60, 56, 55];

/// The engine, which the caller knows to be there.
pub(super) fn engine() -> *mut Engine {
    engine_state.load(Relaxed)
}

/// The host's functions.
///
/// # Safety
/// The module's promise, and there is an engine.
unsafe fn functions() -> *mut ServerFunctions {
    // SAFETY: the same promise.
    unsafe { (*engine()).F }
}

/// Whether a module is enabled.
///
/// # Safety
/// The module's promise, and there is an engine.
unsafe fn enabled(module: c_ulonglong) -> bool {
    // SAFETY: the same promise.
    unsafe { (*engine()).modules & module != 0 }
}

unsafe extern "C" {
    /// Weak in `shim/engine.c`: the host's own, if it defines one.
    safe fn get_version_string_override() -> *const c_char;
}

/// The host's name and version; without an engine the library's.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_version_string() -> *const c_char {
    let engine = engine();
    // SAFETY: the module's promise.
    unsafe {
        if !engine.is_null() && !(*engine).F.is_null() && !(*(*engine).F).FullVersionStr.is_null() {
            return (*(*engine).F).FullVersionStr;
        }
    }
    get_version_string_override()
}

/// An IPv4 address as the four numbers of a message.
fn octets(address: c_uint) -> [c_int; 4] {
    address.to_be_bytes().map(c_int::from)
}
