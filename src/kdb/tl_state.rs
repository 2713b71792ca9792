// SPDX-License-Identifier: LGPL-2.0-or-later
//! Reading and writing through the states of `common/tl-parse`: what its header has as inline functions.

use core::{
    ffi::{c_int, c_void},
    slice,
};

use super::{
    common::keep_error,
    support::{c_text, die},
    upcalls::{tlf_set_error, tlf_set_error_format},
};
use crate::{
    layout::{
        net_msg::RawMessage,
        tl_parse::{MEMORY, NOWHERE, TlInState, TlOutState},
    },
    tl::{Error, Source},
};

const TL_ERROR_EXTRA_DATA: c_int = -1001;
const TL_ERROR_INTERNAL: c_int = -3003;

/// Set in `in_flags`: more may follow the query.
const ALLOW_DATA_AFTER_QUERY: c_int = 1;

const WORD: c_int = 4;

/// How many bytes are looked at together: more than most headers have.
pub(super) const AHEAD: c_int = 64;

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

    /// How many bytes are left.
    pub(super) fn remaining(&self) -> c_int {
        // SAFETY: live (new).
        unsafe { (*self.0).in_remaining }
    }

    /// The next word, which stays; `None` where there is none, or an error, which is then set.
    pub(super) fn look(&mut self) -> Option<u32> {
        self.look_int().ok().map(|word| word as u32)
    }

    /// As [`Self::look`], and takes it.
    pub(super) fn take(&mut self) -> Option<u32> {
        self.int().ok().map(|word| word as u32)
    }

    /// Skips what stands before a packet's header.
    pub(super) fn skip_prefix(&mut self) {
        // SAFETY: live (new); methods live for ever.
        let len = unsafe { (*self.0).in_methods.as_ref().map_or(0, |methods| methods.prepend_bytes) };
        if len != 0 && self.check(len).is_some() {
            self.skip(len);
        }
    }

    /// All that is left, where it is in memory. Nothing after an error, and of what has something before its header.
    #[inline]
    pub(super) fn memory(&self) -> Option<&[u8]> {
        // SAFETY: live (new), with methods as there is a place to read from; as many bytes are there.
        unsafe {
            let TlInState { in_type, in_methods, r#in, in_remaining, error, .. } = self.0.read();
            if in_type != MEMORY || r#in.is_null() || !error.is_null() || (*in_methods).prepend_bytes != 0 {
                return None;
            }
            Some(slice::from_raw_parts(r#in.cast(), usize::try_from(in_remaining).ok()?))
        }
    }

    /// As many of a message's next bytes as there is room for, which stay; nothing where [`Self::memory`] has nothing.
    pub(super) fn ahead<'a>(&mut self, room: &'a mut [u8; AHEAD as usize]) -> &'a [u8] {
        // SAFETY: live (new), with methods as there is a place to read from, which is a message as it is not memory; as many bytes
        // are there.
        unsafe {
            let TlInState { in_type, in_methods, r#in, in_remaining, error, .. } = self.0.read();
            if matches!(in_type, NOWHERE | MEMORY) || !error.is_null() || (*in_methods).prepend_bytes != 0 {
                return &[];
            }
            let len = in_remaining.min(AHEAD).min((*r#in.cast::<RawMessage>()).total_bytes);
            let Ok(count) = usize::try_from(len) else { return &[] };
            ((*in_methods).fetch_lookup)(self.0, room.as_mut_ptr().cast(), len);
            room.get(..count).unwrap_or(&[])
        }
    }

    /// Skips bytes that were seen.
    pub(super) fn skip(&mut self, len: c_int) {
        // SAFETY: with methods, as something was seen, and as many bytes are there.
        unsafe { ((*(*self.0).in_methods).fetch_move)(self.0, len) };
        self.advance(len);
    }

    /// Refuses what [`Self::memory`] had, after bytes that were read: an error tells its place in the packet.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_after(&mut self, consumed: usize, error: Error) {
        self.skip(consumed as c_int);
        // SAFETY: live (new).
        let TlInState { in_remaining, in_pos, .. } = unsafe { self.0.read() };
        self.refuse(match error {
            Error::NotEnoughData { wanted, .. } => {
                let size = in_pos.wrapping_add(in_remaining) as usize;
                Error::NotEnoughData { wanted, position: in_pos as usize, size }
            }
            other => other,
        });
    }

    fn advance(&mut self, len: c_int) {
        // SAFETY: live (new).
        unsafe {
            (*self.0).in_pos = (*self.0).in_pos.wrapping_add(len);
            (*self.0).in_remaining -= len;
        }
    }

    /// The next bytes, which stay unless `takes` is set.
    fn read(&mut self, to: &mut [u8], takes: bool) -> Result<(), ()> {
        let len = to.len() as c_int;
        self.check(len).ok_or(())?;
        // SAFETY: live (new), with methods as there is a place to read from; as many bytes are there.
        unsafe {
            let methods = &*(*self.0).in_methods;
            let method = if takes { methods.fetch_raw_data } else { methods.fetch_lookup };
            method(self.0, to.as_mut_ptr().cast(), len);
        }
        if takes {
            self.advance(len);
        }
        Ok(())
    }

    #[inline(never)]
    fn check(&mut self, len: c_int) -> Option<()> {
        // SAFETY: live (new).
        let TlInState { in_type, in_remaining, in_pos, .. } = unsafe { self.0.read() };
        if in_type == NOWHERE {
            let text = c_text!("Trying to read from unitialized in buffer");
            // SAFETY: live, and a C string.
            unsafe { tlf_set_error(self.0, TL_ERROR_INTERNAL, text.as_ptr()) };
        } else if in_remaining < len {
            let size = in_pos.wrapping_add(in_remaining) as usize;
            self.refuse(Error::NotEnoughData { wanted: len as usize, position: in_pos as usize, size });
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

/// An error is set in the state.
impl Source for Reader {
    type Refusal = ();

    #[inline(never)]
    fn look_int(&mut self) -> Result<i32, ()> {
        let mut bytes = [0; 4];
        self.read(&mut bytes, false)?;
        Ok(i32::from_le_bytes(bytes))
    }

    #[inline(never)]
    fn int(&mut self) -> Result<i32, ()> {
        let mut bytes = [0; 4];
        self.read(&mut bytes, true)?;
        Ok(i32::from_le_bytes(bytes))
    }

    #[inline(never)]
    fn long(&mut self) -> Result<i64, ()> {
        let mut bytes = [0; 8];
        self.read(&mut bytes, true)?;
        Ok(i64::from_le_bytes(bytes))
    }

    #[cold]
    #[inline(never)]
    fn refuse(&mut self, error: Error) {
        let mut room = None;
        let text = error.text(&mut room);
        // SAFETY: live (new), and a text of that length.
        unsafe {
            let state = &mut *self.0;
            keep_error(&mut state.error, &mut state.errnum, error.number(), text.as_ptr().cast(), text.len());
        }
    }
}

/// Writes bytes. Where they do not fit the process ends: an answer that is cut would be taken for another one.
///
/// # Safety
/// `state` is a live state, which nobody else uses meanwhile; `data` is *readable* for `len` bytes.
#[inline(never)]
pub(super) unsafe fn store(state: *mut TlOutState, data: *const c_void, len: c_int) {
    // SAFETY: live, as the caller promises; with methods where there is a place to write to.
    unsafe {
        if (*state).out_type == NOWHERE || (*state).out_remaining < len {
            die(c_text!("no room in an answer"));
        }
        ((*(*state).out_methods).store_raw_data)(state, data, len);
        (*state).out_pos = (*state).out_pos.wrapping_add(len);
        (*state).out_remaining -= len;
    }
}

/// Writes a word; see [`store`].
///
/// # Safety
/// As for [`store`].
pub(super) unsafe fn store_word(state: *mut TlOutState, word: u32) {
    // SAFETY: the same promise.
    unsafe { store(state, word.to_ne_bytes().as_ptr().cast(), WORD) }
}
