// SPDX-License-Identifier: LGPL-2.0-or-later
//! Functions and variables of the host that the drop-in uses: those of legacy objects that it does not replace, and one
//! that a host may define itself.

use core::ffi::{c_char, c_int};
#[cfg(feature = "kdb")]
use core::sync::atomic::{AtomicI32, AtomicPtr};

#[cfg(feature = "kdb")]
use crate::layout::{
    engine::Engine,
    jobs::ThreadCallback,
    net_crypto_aes::AesSecret,
    tl_parse::{TlInState, TlOutState},
};

unsafe extern "C" {
    /// Legacy object `common/resolver`.
    pub(super) fn kdb_gethostbyname(name: *const c_char) -> *mut libc::hostent;
    /// Legacy object `net/net-stats`.
    pub(super) fn prepare_stats(buff: *mut c_char, size: c_int) -> c_int;
    /// Legacy object `common/server-functions`.
    pub(super) static start_time: c_int;
    /// Weak in `shim/precise_time.c`: the host's own function, if it defines one.
    pub(super) safe fn get_utime_monotonic() -> f64;
}

// Asked for at the level of all objects alone.
#[cfg(feature = "kdb")]
unsafe extern "C" {
    /// Legacy object `common/mp-queue`: the calling thread's number, from 1 on, given at the first call.
    pub(super) safe fn get_this_thread_id() -> c_int;
    /// Legacy object `jobs/jobs`: the greatest number of a job thread.
    pub(super) static max_job_thread_id: AtomicI32;
    /// Legacy object `jobs/jobs`: calls the function, and each new job thread will.
    pub(super) fn register_thread_callback(callback: *const ThreadCallback);
    /// Legacy object `common/tl-parse`: keeps a copy of the text, unless there is an error already.
    pub(super) fn tlf_set_error(tlio_in: *mut TlInState, errnum: c_int, text: *const c_char) -> c_int;
    /// As `tlf_set_error`, for a format and what it asks for.
    pub(super) fn tlf_set_error_format(
        tlio_in: *mut TlInState,
        errnum: c_int,
        format: *const c_char,
        ...
    ) -> c_int;
    /// Legacy object `engine/engine-rpc`: writes the host's statistics.
    pub(super) fn tl_engine_store_stats(tlio_out: *mut TlOutState);
    /// Legacy object `net/net-crypto-aes`: the secret that this proxy shares with the middle ends.
    pub(super) static mut main_secret: AesSecret;
    /// Legacy object `engine/engine`: null until the engine starts.
    pub(super) static engine_state: AtomicPtr<Engine>;
    /// Legacy object `common/server-functions`: a signal handler may call it.
    pub(super) fn ksignal(sig: c_int, handler: extern "C" fn(c_int));
    /// Weak in `shim/engine_signals.c`: the host's own function, if it defines one.
    pub(super) fn engine_set_terminal_attributes();
}
