// SPDX-License-Identifier: LGPL-2.0-or-later
//! Reading and writing through the states of `common/tl-parse`: what its header has as inline functions.

use core::ffi::{c_int, c_void};

use super::{
    support::{c_text, die},
    upcalls::{tlf_set_error, tlf_set_error_format},
};
use crate::{
    layout::tl_parse::{Fetch, TlInMethods, TlInState, TlOutState},
    tl::TL_ERROR_NOT_ENOUGH_DATA,
};

const TL_ERROR_EXTRA_DATA: c_int = -1001;
const TL_ERROR_INTERNAL: c_int = -3003;

/// Set in `in_flags`: more may follow the query.
const ALLOW_DATA_AFTER_QUERY: c_int = 1;

const WORD: c_int = 4;

/// A packet that is read.
pub(super) struct Reader(*mut TlInState);

impl Reader {
    /// # Safety
    /// `state` is a live state, which nobody else uses as long as this value does.
    pub(super) unsafe fn new(state: *mut TlInState) -> Self {
        Self(state)
    }

    /// True if nothing that was read or tried so far was wrong.
    pub(super) fn is_good(&self) -> bool {
        // SAFETY: live (new).
        unsafe { (*self.0).error.is_null() }
    }

    /// The next word, which stays; `None` where there is none, or an error, which is then set.
    pub(super) fn look(&mut self) -> Option<u32> {
        self.word(|methods| methods.fetch_lookup)
    }

    /// As [`Self::look`], and takes it.
    pub(super) fn take(&mut self) -> Option<u32> {
        let word = self.word(|methods| methods.fetch_raw_data)?;
        // SAFETY: live (new).
        unsafe {
            (*self.0).in_pos = (*self.0).in_pos.wrapping_add(WORD);
            (*self.0).in_remaining -= WORD;
        }
        Some(word)
    }

    fn word(&mut self, method: impl FnOnce(&TlInMethods) -> Fetch) -> Option<u32> {
        self.check_word()?;
        let mut word = 0u32;
        // SAFETY: live (new), with methods as there is a place to read from; four bytes are there.
        unsafe { method(&*(*self.0).in_methods)(self.0, (&raw mut word).cast(), WORD) };
        Some(word)
    }

    fn check_word(&mut self) -> Option<()> {
        // SAFETY: live (new).
        let TlInState { in_type, in_remaining, in_pos, .. } = unsafe { self.0.read() };
        if in_type == 0 {
            let text = c_text!("Trying to read from unitialized in buffer");
            // SAFETY: live, and a C string.
            unsafe { tlf_set_error(self.0, TL_ERROR_INTERNAL, text.as_ptr()) };
        } else if in_remaining < WORD {
            let text = c_text!("Trying to read %d bytes at position %d (size = %d)");
            let size = in_pos.wrapping_add(in_remaining);
            // SAFETY: live, and a format that asks for three ints.
            unsafe {
                tlf_set_error_format(self.0, TL_ERROR_NOT_ENOUGH_DATA, text.as_ptr(), WORD, in_pos, size)
            };
        }
        self.is_good().then_some(())
    }

    /// Nothing may follow, unless the packet allows it; else an error is set.
    pub(super) fn end(&mut self) {
        // SAFETY: live (new).
        let TlInState { in_remaining, in_flags, .. } = unsafe { self.0.read() };
        if in_remaining != 0 && in_flags & ALLOW_DATA_AFTER_QUERY == 0 {
            let text = c_text!("extra %d bytes after query");
            // SAFETY: live, and a format that asks for an int.
            unsafe { tlf_set_error_format(self.0, TL_ERROR_EXTRA_DATA, text.as_ptr(), in_remaining) };
        }
    }
}

/// Writes a word. Where it does not fit the process ends: an answer that is cut would be taken for another one.
///
/// # Safety
/// `state` is a live state, which nobody else uses meanwhile.
pub(super) unsafe fn store_word(state: *mut TlOutState, word: u32) {
    // SAFETY: live, as the caller promises; with methods where there is a place to write to.
    unsafe {
        if (*state).out_type == 0 || (*state).out_remaining < WORD {
            die(c_text!("no room for a word in an answer"));
        }
        let store = (*(*state).out_methods).store_raw_data;
        store(state, (&raw const word).cast::<c_void>(), WORD);
        (*state).out_pos = (*state).out_pos.wrapping_add(WORD);
        (*state).out_remaining -= WORD;
    }
}
