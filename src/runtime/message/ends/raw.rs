// SPDX-License-Identifier: LGPL-2.0-or-later
//! Adding bytes at either end.

use core::{ffi::c_int, ptr, sync::atomic::Ordering::Relaxed};

use super::super::{Host, Messages, bytes_of, is_sole};
use crate::{
    layout::net_msg::{MsgPart, RawMessage},
    net::{STANDARD_BUFFER, Sizes, front_buffer},
};

/// How many bytes a part's buffer has.
///
/// # Safety
/// The part is alive.
unsafe fn room_of(part: *mut MsgPart) -> c_int {
    // SAFETY: alive, as its buffer and the buffer's chunk are.
    unsafe { (*(*(*part).part.load(Relaxed)).chunk.load(Relaxed)).buffer_size.load(Relaxed) }
}

impl<H: Host> Messages<H> {
    /// The place after the last byte, and how many bytes may be written there.
    ///
    /// # Safety
    /// As for all of these functions; the message has a chain, and its end was readied by `lock_last`.
    #[inline]
    pub(crate) unsafe fn room(&self, raw: &RawMessage) -> (*mut u8, c_int) {
        // SAFETY: alive.
        unsafe {
            let buffer = (*raw.last).part.load(Relaxed);
            let place = bytes_of(buffer).wrapping_offset(raw.last_offset as isize);
            if !is_sole(&(*buffer).refcnt) {
                return (place, 0);
            }
            (place, room_of(raw.last) - raw.last_offset)
        }
    }

    /// Bytes were written there.
    ///
    /// # Safety
    /// As for [`Self::room`]; as many as it said, or fewer.
    #[inline]
    pub(crate) unsafe fn took(&self, raw: &mut RawMessage, count: c_int) {
        raw.last_offset += count;
        raw.total_bytes += count;
        // SAFETY: alive, and no other thread adds to it.
        unsafe { (*raw.last).data_end.store(raw.last_offset, Relaxed) };
    }

    /// Adds a part without bytes to the chain.
    ///
    /// # Safety
    /// As for [`Self::room`], but for a message without a chain; the part is the caller's.
    pub(crate) unsafe fn link(&self, raw: &mut RawMessage, part: *mut MsgPart) {
        // SAFETY: both are alive, and no other thread adds to the chain.
        unsafe {
            raw.last_offset = (*part).offset.load(Relaxed);
            match raw.last.as_ref() {
                Some(last) => last.next.store(part, Relaxed),
                None => {
                    raw.first = part;
                    raw.first_offset = raw.last_offset;
                }
            }
        }
        raw.last = part;
    }

    /// Adds a buffer to the chain, with room before its first byte if there is none yet. False if there is no buffer.
    ///
    /// # Safety
    /// As for [`Self::link`].
    #[inline(never)]
    pub(crate) unsafe fn grow(
        &self,
        raw: &mut RawMessage,
        size: c_int,
        headroom: c_int,
        reserve: bool,
    ) -> bool {
        let part = self.part_with_room(size, reserve);
        if part.is_null() {
            return false;
        }
        // SAFETY: a new part, and the same promises.
        unsafe {
            let start = if raw.first.is_null() { headroom.min(room_of(part)).max(0) } else { 0 };
            (*part).offset.store(start, Relaxed);
            (*part).data_end.store(start, Relaxed);
            self.link(raw, part);
        }
        true
    }

    /// Adds bytes at the end, or room for them if `data` is null. Returns how many: where the pool is full, fewer; but what
    /// fits one buffer is always added.
    ///
    /// # Safety
    /// As for all of these functions; `data` is null or readable for `count` bytes.
    #[inline(never)]
    pub(crate) unsafe fn push(
        &self,
        raw: &mut RawMessage,
        data: *const u8,
        count: c_int,
        sizes: Sizes,
    ) -> c_int {
        // SAFETY: the same promises. Most calls add a word to the only part of a message, which needs no more than this.
        unsafe {
            if raw.total_bytes != 0 && !data.is_null() && self.is_ready(raw) {
                let (place, room) = self.room(raw);
                if count <= room {
                    place.copy_from_nonoverlapping(data, count as usize);
                    self.took(raw, count);
                    return count;
                }
            }
            self.push_and_grow(raw, data, count, sizes)
        }
    }

    /// As [`Self::push`].
    ///
    /// # Safety
    /// As for [`Self::push`].
    #[inline(never)]
    unsafe fn push_and_grow(
        &self,
        raw: &mut RawMessage,
        data: *const u8,
        count: c_int,
        sizes: Sizes,
    ) -> c_int {
        if count == 0 {
            return 0;
        }
        let may_reserve = |count| count <= STANDARD_BUFFER;
        // SAFETY: the same promises; the chain's end is readied before it is used.
        unsafe {
            self.drop_if_drained(raw);
            let locked = if raw.first.is_null() {
                let (size, headroom) = sizes.first(count);
                if !self.grow(raw, size, headroom, may_reserve(count)) {
                    return 0;
                }
                ptr::null_mut()
            } else {
                let Ok(locked) = self.lock_last(raw) else { return 0 };
                locked
            };
            let mut done = 0;
            loop {
                let (place, room) = self.room(raw);
                let rest = count - done;
                let more = room.min(rest).max(0);
                if !data.is_null() {
                    place.copy_from_nonoverlapping(data.offset(done as isize), more as usize);
                }
                self.took(raw, more);
                done += more;
                let rest = rest - more;
                let size = sizes.further(raw.total_bytes.saturating_add(rest));
                if rest == 0 || !self.grow(raw, size, 0, may_reserve(rest)) {
                    break;
                }
            }
            self.unlock(locked);
            self.drop_if_drained(raw);
            done
        }
    }

    /// Adds bytes at the front. Returns how many: all, or none without memory.
    ///
    /// # Safety
    /// As for all of these functions; `data` is readable for `count` bytes.
    #[inline(never)]
    pub(crate) unsafe fn push_front(&self, raw: &mut RawMessage, data: *const u8, count: c_int) -> c_int {
        if count == 0 {
            return 0;
        }
        // SAFETY: the same promises; what is copied fits.
        unsafe {
            self.drop_if_drained(raw);
            let Ok(room) = self.room_before(raw) else { return 0 };
            let inside = room.min(count);
            let (mut chain, mut end) = (ptr::null_mut::<MsgPart>(), ptr::null_mut::<MsgPart>());
            let mut left = count - inside;
            while left > 0 {
                let part = self.part_with_room(front_buffer(left), true);
                if part.is_null() {
                    self.drop_chain(chain);
                    return 0;
                }
                let room = room_of(part);
                let start = room - left.min(room);
                left -= room - start;
                let place = bytes_of((*part).part.load(Relaxed)).offset(start as isize);
                place.copy_from_nonoverlapping(data.offset(left as isize), (room - start) as usize);
                (*part).offset.store(start, Relaxed);
                (*part).data_end.store(room, Relaxed);
                (*part).next.store(chain, Relaxed);
                end = if chain.is_null() { part } else { end };
                chain = part;
            }
            if inside > 0 {
                self.take_before(raw, inside);
                let place = bytes_of((*raw.first).part.load(Relaxed)).offset(raw.first_offset as isize);
                place.copy_from_nonoverlapping(data.offset((count - inside) as isize), inside as usize);
            }
            if !chain.is_null() {
                self.link_before(raw, chain, end);
                raw.total_bytes += count - inside;
            }
            count
        }
    }

    /// How much room there is before the first byte, where the message alone may write.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    unsafe fn room_before(&self, raw: &mut RawMessage) -> Result<c_int, super::super::NoMemory> {
        // SAFETY: the same promise.
        unsafe {
            self.own_first(raw)?;
            let Some(first) = raw.first.as_ref() else { return Ok(0) };
            let is_own = is_sole(&first.refcnt) && is_sole(&(*first.part.load(Relaxed)).refcnt);
            Ok(if is_own { raw.first_offset } else { 0 })
        }
    }

    /// Lets the message begin earlier in its first part.
    ///
    /// # Safety
    /// As for all of these functions; there is so much room.
    unsafe fn take_before(&self, raw: &mut RawMessage, count: c_int) {
        raw.first_offset -= count;
        raw.total_bytes += count;
        // SAFETY: alive, and the message's alone.
        unsafe { (*raw.first).offset.store(raw.first_offset, Relaxed) };
    }

    /// Puts parts from `first` to `end` before the chain.
    ///
    /// # Safety
    /// As for all of these functions; the parts are the caller's.
    unsafe fn link_before(&self, raw: &mut RawMessage, first: *mut MsgPart, end: *mut MsgPart) {
        // SAFETY: alive; the message's reference to its first part becomes the new part's.
        unsafe {
            (*end).next.store(raw.first, Relaxed);
            if raw.first.is_null() {
                raw.last = end;
                raw.last_offset = (*end).data_end.load(Relaxed);
            }
            raw.first = first;
            raw.first_offset = (*first).offset.load(Relaxed);
        }
    }

    /// Room for at most 2048 bytes in one piece at the front, which belong to the message from now on; null for another number,
    /// and without memory.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn prepend(&self, raw: &mut RawMessage, count: c_int) -> *mut u8 {
        if !(1..=STANDARD_BUFFER).contains(&count) {
            return ptr::null_mut();
        }
        // SAFETY: the same promise.
        unsafe {
            self.drop_if_drained(raw);
            if raw.first.is_null() {
                return self.whole(raw, count);
            }
            let Ok(room) = self.room_before(raw) else { return ptr::null_mut() };
            if room >= count {
                self.take_before(raw, count);
            } else {
                let part = self.part_with_room(count, true);
                if part.is_null() {
                    return ptr::null_mut();
                }
                let end = room_of(part);
                (*part).offset.store(end - count, Relaxed);
                (*part).data_end.store(end, Relaxed);
                self.link_before(raw, part, part);
                raw.total_bytes += count;
            }
            bytes_of((*raw.first).part.load(Relaxed)).offset(raw.first_offset as isize)
        }
    }

    /// As [`Self::prepend`], at the end.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn postpone(&self, raw: &mut RawMessage, count: c_int) -> *mut u8 {
        if !(1..=STANDARD_BUFFER).contains(&count) {
            return ptr::null_mut();
        }
        // SAFETY: the same promise.
        unsafe {
            self.drop_if_drained(raw);
            if raw.first.is_null() {
                return self.whole(raw, count);
            }
            let Ok(locked) = self.lock_last(raw) else { return ptr::null_mut() };
            let (mut place, room) = self.room(raw);
            if room < count {
                place = if self.grow(raw, count, 0, true) { self.room(raw).0 } else { ptr::null_mut() };
            }
            if !place.is_null() {
                self.took(raw, count);
            }
            self.unlock(locked);
            place
        }
    }

    /// Room in a message without a chain.
    ///
    /// # Safety
    /// As for all of these functions.
    unsafe fn whole(&self, raw: &mut RawMessage, count: c_int) -> *mut u8 {
        // SAFETY: the same promise; so few bytes are in one piece.
        unsafe {
            if self.push(raw, ptr::null(), count, Sizes::USUAL) == 0 {
                return ptr::null_mut();
            }
            bytes_of((*raw.first).part.load(Relaxed)).offset(raw.first_offset as isize)
        }
    }
}
