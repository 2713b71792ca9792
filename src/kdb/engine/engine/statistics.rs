// SPDX-License-Identifier: LGPL-2.0-or-later
//! The host's statistics, as one text.

use core::{
    cell::UnsafeCell,
    ffi::{c_char, c_int},
    mem::MaybeUninit,
};

use super::{engine, functions};
use crate::{
    kdb::{
        common::{kwrite, sb_init},
        support::{c_text, kprintf},
        tl_state::Reader,
        upcalls::tl_store_stats,
    },
    layout::{
        common_stats::StatsBuffer,
        tl_parse::{TlInState, TlOutState},
    },
};

/// The longest text, without its end.
const PAGE: usize = 1 << 20;

/// The last text that was made, with its end.
struct Page(UnsafeCell<[c_char; PAGE + 1]>);

// SAFETY: one thread at a time makes a text and reads it: that of the engine's jobs, as in the original.
unsafe impl Sync for Page {}

static TEXT: Page = Page(UnsafeCell::new([0; PAGE + 1]));

/// Has the host write its statistics. Returns the length of the text, 0 without an engine.
///
/// # Safety
/// The module's promise, and one thread at a time calls this and what follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_prepare_stats() -> c_int {
    if engine().is_null() {
        return 0;
    }
    let mut sb = MaybeUninit::<StatsBuffer>::zeroed();
    // SAFETY: a buffer that is made here, and room that is the text's; the host's function is for this.
    unsafe {
        sb_init(sb.as_mut_ptr(), TEXT.0.get().cast(), PAGE as c_int);
        if let Some(prepare) = (*functions()).prepare_stats {
            prepare(sb.as_mut_ptr());
        }
        (*sb.as_ptr()).pos
    }
}

/// Writes the host's statistics into an answer.
///
/// # Safety
/// As for [`engine_prepare_stats`], and `tlio_out` is a live state, which nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn engine_rpc_stats(tlio_out: *mut TlOutState) {
    // SAFETY: the same promises; the text has its end.
    unsafe {
        engine_prepare_stats();
        tl_store_stats(tlio_out, TEXT.0.get().cast(), 0);
    }
}

/// Writes the host's statistics to standard error.
///
/// # Safety
/// As for [`engine_prepare_stats`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn output_engine_stats() {
    // SAFETY: the same promise; a C string, and a text that is readable for its length.
    unsafe {
        let len = engine_prepare_stats();
        if len > 0 {
            kprintf(c_text!("-------------- network/memcache statistics ------------\n").as_ptr());
            kwrite(libc::STDERR_FILENO, TEXT.0.get().cast(), len);
        }
    }
}

/// The first word of a query, which stays; -1 where there is none.
///
/// # Safety
/// `tlio_in` is a live state, which nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn default_get_op(tlio_in: *mut TlInState) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { Reader::new(tlio_in) }.look().map_or(-1, |word| word as c_int)
}
