// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `engine/engine-signals`. The weak `engine_set_terminal_attributes` itself is in `shim/engine_signals.c`.
//!
//! What is called by the kernel, or by a signal handler, writes with system calls alone.

use core::{ffi::c_int, sync::atomic::Ordering::Relaxed};

use crate::{
    kdb::{
        common::{kwrite, verbosity},
        engine::engine::{engine_state, wakeup_main_thread},
        support::{c_text, die},
        upcalls::{engine_set_terminal_attributes, ksignal},
    },
    layout::engine::Act,
    runtime::signals::{Pending, Signals, received},
};

static PENDING: Pending = Pending::new();

/// The signals that end the host.
const INTERRUPT: Signals = Signals(Signals::of(libc::SIGINT).0 | Signals::of(libc::SIGTERM).0);

fn say(text: &[u8]) {
    // SAFETY: readable for its length.
    unsafe { kwrite(libc::STDERR_FILENO, text.as_ptr().cast(), text.len() as c_int) };
}

/// Notes that a signal arrived, and wakes the main thread, which may be about to sleep, or not be the one that the signal
/// interrupts. Of the number only the remainder by 64 counts, here and below.
#[unsafe(no_mangle)]
pub extern "C" fn signal_set_pending(sig: c_int) {
    PENDING.add(Signals::of(sig));
    wakeup_main_thread();
}

/// 1 if the signal arrived and nobody has dealt with it yet, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn signal_check_pending(sig: c_int) -> c_int {
    PENDING.has(Signals::of(sig)).into()
}

/// As [`signal_check_pending`], and the caller deals with it.
#[unsafe(no_mangle)]
pub extern "C" fn signal_check_pending_and_clear(sig: c_int) -> c_int {
    PENDING.take(Signals::of(sig)).into()
}

/// 1 if SIGINT or SIGTERM arrived, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn interrupt_signal_raised() -> c_int {
    PENDING.has(INTERRUPT).into()
}

/// True if a signal waits that the engine allows: [`engine_process_signals`] has something to do.
///
/// # Safety
/// There is an engine, with functions.
pub(super) unsafe fn signals_wait() -> bool {
    // SAFETY: the same promise.
    PENDING.has(Signals(unsafe { (*(*engine_state.load(Relaxed)).F).allowed_signals }))
}

fn end_at_once(text: &[u8]) -> ! {
    say(text);
    // SAFETY: takes no argument; the host's own may be called by a signal handler.
    unsafe {
        engine_set_terminal_attributes();
        libc::_exit(1)
    }
}

/// Ends the process.
#[unsafe(no_mangle)]
pub extern "C" fn sigint_immediate_handler(_sig: c_int) {
    end_at_once(c_text!("SIGINT handled immediately.\n").to_bytes())
}

/// Ends the process.
#[unsafe(no_mangle)]
pub extern "C" fn sigterm_immediate_handler(_sig: c_int) {
    end_at_once(c_text!("SIGTERM handled immediately.\n").to_bytes())
}

/// Notes SIGINT; the next one ends the process at once.
#[unsafe(no_mangle)]
pub extern "C" fn sigint_handler(sig: c_int) {
    say(c_text!("SIGINT handled.\n").to_bytes());
    signal_set_pending(libc::SIGINT);
    // SAFETY: a function that a signal may call.
    unsafe { ksignal(sig, sigint_immediate_handler) };
}

/// Notes SIGTERM; the next one ends the process at once.
#[unsafe(no_mangle)]
pub extern "C" fn sigterm_handler(sig: c_int) {
    say(c_text!("SIGTERM handled.\n").to_bytes());
    signal_set_pending(libc::SIGTERM);
    // SAFETY: a function that a signal may call.
    unsafe { ksignal(sig, sigterm_immediate_handler) };
}

/// Logs the signal, and notes it.
#[unsafe(no_mangle)]
pub extern "C" fn default_signal_handler(sig: c_int) {
    say(&received(sig));
    signal_set_pending(sig);
}

/// As [`default_signal_handler`], but logs at verbosity 1 and above only.
#[unsafe(no_mangle)]
pub extern "C" fn quiet_signal_handler(sig: c_int) {
    if verbosity.load(Relaxed) >= 1 {
        say(&received(sig));
    }
    signal_set_pending(sig);
}

/// Does nothing: the signal only interrupts a wait.
#[unsafe(no_mangle)]
pub extern "C" fn empty_signal_handler(_sig: c_int) {}

/// Calls the host's handler of each allowed signal that arrived, once, in the order of the set's bits: 64 first. Returns 1.
///
/// A signal without a handler ends the process.
///
/// # Safety
/// There is an engine, with functions that may be called here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_process_signals() -> c_int {
    // SAFETY: there is an engine with functions, as the caller promises.
    let (handlers, allowed) = unsafe {
        let functions = (*engine_state.load(Relaxed)).F;
        (&raw const (*functions).signal_handlers, (*functions).allowed_signals)
    };
    let handlers = handlers.cast::<Option<Act>>();
    PENDING.drain(Signals(allowed), |signal| {
        // SAFETY: the array has an element for each signal.
        let Some(handler) = (unsafe { handlers.add(signal).read() }) else {
            die(c_text!("a signal that is allowed has no handler"))
        };
        if PENDING.take(Signals::of(signal as c_int)) {
            // SAFETY: the host's, for this.
            unsafe { handler() };
        }
    });
    1
}
