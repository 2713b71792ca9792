// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages from messages.

use core::{ffi::c_int, ptr, sync::atomic::Ordering::Relaxed};

use super::super::{Host, Messages, NoMemory, Pieces, Refused, is_sole, share};
use crate::{
    layout::net_msg::{OWNING, RawMessage},
    net::SMALL_BUFFER,
};

impl<H: Host> Messages<H> {
    /// Writes a message with the same bytes.
    ///
    /// # Safety
    /// As for all of these functions; `to` is writable.
    #[inline]
    pub(crate) unsafe fn clone_to(&self, to: *mut RawMessage, from: &RawMessage) {
        self.count_messages(1);
        // SAFETY: the caller's; alive, or null.
        unsafe {
            to.write(*from);
            if let Some(first) = from.first.as_ref().filter(|_| from.magic == OWNING) {
                share(&first.refcnt);
            }
        }
    }

    /// Leaves the first `count` bytes, and writes a message with the others. False if there are fewer, and then none are others.
    ///
    /// # Safety
    /// As for all of these functions; `tail` is writable.
    #[inline(never)]
    pub(crate) unsafe fn split(&self, raw: &mut RawMessage, tail: *mut RawMessage, count: c_int) -> bool {
        self.count_messages(1);
        let (magic, total) = (raw.magic, raw.total_bytes);
        if count >= total {
            // SAFETY: the caller's.
            unsafe { tail.write(RawMessage::empty(magic)) };
            return count == total;
        }
        if count == 0 {
            // SAFETY: the caller's.
            unsafe { tail.write(*raw) };
            self.clean(raw);
            return true;
        }
        // SAFETY: the message is alive, and a piece is one of its own.
        unsafe {
            let mut rest = RawMessage { total_bytes: total - count, ..*raw };
            if rest.total_bytes < raw.last_offset - self.start_of_last(raw) {
                rest.first = raw.last;
                rest.first_offset = raw.last_offset - rest.total_bytes;
                match magic {
                    OWNING if raw.first == raw.last => share(&(*rest.first).refcnt),
                    OWNING => _ = (*rest.first).refcnt.fetch_add(1, Relaxed),
                    _ => {}
                }
                raw.last_offset = rest.first_offset;
            } else if !self.split_chain(raw, &mut rest, count) {
                self.host.refuse(Refused::Damaged);
            }
            raw.total_bytes = count;
            tail.write(rest);
        }
        true
    }

    /// Finds where the chain is cut, and gives `rest` its reference. False if it is nowhere.
    ///
    /// # Safety
    /// As for [`Self::split`].
    #[inline(never)]
    unsafe fn split_chain(&self, raw: &mut RawMessage, rest: &mut RawMessage, count: c_int) -> bool {
        let owning = raw.magic == OWNING;
        let (mut left, mut own) = (count, owning);
        // SAFETY: the message is alive, and a piece is one of its own; a part that only it holds it may change.
        unsafe {
            for piece in Pieces::of(raw) {
                let part = &*piece.part;
                own = own && is_sole(&part.refcnt);
                if left > piece.len() {
                    left -= piece.len();
                    continue;
                }
                let next = part.next.load(Relaxed);
                let between = left == piece.len() && piece.part != raw.last && !next.is_null();
                (rest.first, rest.first_offset) = if between {
                    (next, (*next).offset.load(Relaxed))
                } else {
                    (piece.part, piece.start + left)
                };
                if between && own {
                    part.next.store(ptr::null_mut(), Relaxed);
                } else if own {
                    share(&part.refcnt);
                } else if owning {
                    (*rest.first).refcnt.fetch_add(1, Relaxed);
                }
                raw.last = piece.part;
                raw.last_offset = piece.start + left;
                return true;
            }
        }
        false
    }

    /// Moves the bytes of `tail` to the end of another message. `tail` is none afterwards. Few bytes are copied where there is
    /// room, so that they need no buffer of their own.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn unite(&self, raw: &mut RawMessage, tail: &mut RawMessage) -> Result<(), NoMemory> {
        // SAFETY: the same promise.
        unsafe {
            self.drop_if_drained(raw);
            if raw.first.is_null() {
                self.count_messages(-1);
                *raw = *tail;
                tail.magic = 0;
                return Ok(());
            }
            if tail.total_bytes > 0 {
                let locked = self.lock_last(raw)?;
                let (place, room) = self.room(raw);
                if tail.total_bytes <= SMALL_BUFFER.min(room) {
                    self.copy_to(place, tail);
                    self.took(raw, tail.total_bytes);
                } else {
                    let linked = self.link_chain(raw, tail);
                    self.unlock(locked);
                    return linked;
                }
                self.unlock(locked);
            }
            self.free(tail);
        }
        Ok(())
    }

    /// # Safety
    /// As for all of these functions; `place` is writable for all bytes of the message.
    unsafe fn copy_to(&self, mut place: *mut u8, raw: &RawMessage) {
        // SAFETY: the same promise. A place in the message's own buffers is behind its bytes.
        unsafe {
            self.visit(raw, 0, raw.total_bytes, &mut |data, len| {
                place.copy_from_nonoverlapping(data, len as usize);
                place = place.wrapping_offset(len as isize);
                0
            });
        }
    }

    /// Adds the chain of `tail`, which becomes no message.
    ///
    /// # Safety
    /// As for [`Self::unite`]; the end of the other chain is readied.
    #[inline(never)]
    unsafe fn link_chain(&self, raw: &mut RawMessage, tail: &mut RawMessage) -> Result<(), NoMemory> {
        // SAFETY: the same promise.
        unsafe {
            // A chain that ends like the other one cannot be locked, because that one is, and is copied: there is no loop.
            let locked = self.lock_last(tail)?;
            self.unlock(locked);
            self.own_first(tail)?;
            (*raw.last).next.store(tail.first, Relaxed);
        }
        raw.last = tail.last;
        raw.last_offset = tail.last_offset;
        raw.total_bytes += tail.total_bytes;
        *tail = RawMessage::empty(0);
        self.count_messages(-1);
        Ok(())
    }
}
