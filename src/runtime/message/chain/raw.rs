// SPDX-License-Identifier: LGPL-2.0-or-later
//! Chains.

use core::{ffi::c_int, ptr, sync::atomic::Ordering::Relaxed};

use super::super::{Host, Messages, NoMemory, Refused, bytes_of, is_sole, references};
use crate::layout::{
    net_msg::{LOCKED_PART, MsgPart, OWNING, PART, RawMessage},
    net_msg_buffers::MsgBuffer,
};

/// What a message has of a part: the bytes of its buffer from `start` to `end`.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) part: *mut MsgPart,
    pub(crate) start: c_int,
    pub(crate) end: c_int,
}

impl Piece {
    #[inline]
    pub(crate) fn len(&self) -> c_int {
        self.end - self.start
    }

    /// Its first byte.
    ///
    /// # Safety
    /// The part is alive.
    #[inline]
    pub(crate) unsafe fn data(&self) -> *mut u8 {
        // SAFETY: as the caller promises.
        bytes_of(unsafe { (*self.part).part.load(Relaxed) }).wrapping_offset(self.start as isize)
    }

    /// # Safety
    /// The part is alive.
    pub(crate) unsafe fn buffer<'a>(&self) -> &'a MsgBuffer {
        // SAFETY: as the caller promises; a part's buffer lives as long.
        unsafe { &*(*self.part).part.load(Relaxed) }
    }
}

/// The pieces of a message in order, empty ones too.
pub(crate) struct Pieces {
    next: *mut MsgPart,
    last: *mut MsgPart,
    last_offset: c_int,
    /// The first piece's start; then each part's own.
    start: Option<c_int>,
}

impl Pieces {
    /// # Safety
    /// The message's chain is alive as long as the result is used.
    #[inline]
    pub(crate) unsafe fn of(raw: &RawMessage) -> Self {
        Self { next: raw.first, last: raw.last, last_offset: raw.last_offset, start: Some(raw.first_offset) }
    }
}

impl Iterator for Pieces {
    type Item = Piece;

    #[inline]
    fn next(&mut self) -> Option<Piece> {
        // SAFETY: alive, or null, as `of` asks.
        let part = unsafe { self.next.as_ref() }?;
        let piece = Piece {
            part: self.next,
            start: self.start.take().unwrap_or_else(|| part.offset.load(Relaxed)),
            end: if self.next == self.last { self.last_offset } else { part.data_end.load(Relaxed) },
        };
        self.next = if self.next == self.last { ptr::null_mut() } else { part.next.load(Relaxed) };
        Some(piece)
    }
}

/// Whether a message's last part is the chain's last one, and ends where the message does.
fn ends_with(raw: &RawMessage, last: &MsgPart) -> bool {
    last.next.load(Relaxed).is_null() && last.data_end.load(Relaxed) == raw.last_offset
}

impl<H: Host> Messages<H> {
    /// Forgets the chain.
    pub(crate) fn clean(&self, raw: &mut RawMessage) {
        *raw = RawMessage::empty(raw.magic);
    }

    /// Drops the chain.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn clear(&self, raw: &mut RawMessage) {
        if raw.magic == OWNING {
            // SAFETY: the message's own reference.
            unsafe { self.drop_chain(raw.first) };
        }
        self.clean(raw);
    }

    /// Ends a message. Returns how many parts were freed.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline]
    pub(crate) unsafe fn free(&self, raw: &mut RawMessage) -> c_int {
        self.count_messages(-1);
        let RawMessage { first, magic, .. } = *raw;
        *raw = RawMessage::empty(0);
        // SAFETY: the message's own reference.
        if magic == OWNING { unsafe { self.drop_chain(first) } } else { 0 }
    }

    /// Lets a message without bytes have no chain: C may have left one.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline]
    pub(crate) unsafe fn drop_if_drained(&self, raw: &mut RawMessage) {
        if raw.total_bytes == 0 && !raw.first.is_null() {
            // SAFETY: the same promise.
            unsafe { self.clear(raw) };
        }
    }

    /// Makes `part` the first one of the message.
    ///
    /// # Safety
    /// As for all of these functions; a part of the message's chain.
    #[inline(never)]
    unsafe fn advance_to(&self, raw: &mut RawMessage, part: *mut MsgPart) {
        let mut first = raw.first;
        raw.first = part;
        if raw.magic != OWNING {
            return;
        }
        while first != part {
            // SAFETY: the message has a reference to `first`, and `first` leads to `part`.
            unsafe {
                if !is_sole(&(*first).refcnt) {
                    (*part).refcnt.fetch_add(1, Relaxed);
                    self.drop_chain(first);
                    return;
                }
                first = self.free_sole(first);
            }
        }
    }

    /// Drops the first `count` bytes, of which there are as many.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn drop_front(&self, raw: &mut RawMessage, count: c_int) {
        // SAFETY: the message is alive, and a piece is one of its own.
        unsafe {
            if count == raw.total_bytes {
                self.clear(raw);
                return;
            }
            let mut left = count;
            for piece in Pieces::of(raw) {
                if left < piece.len() {
                    if piece.part != raw.first {
                        self.advance_to(raw, piece.part);
                    }
                    raw.first_offset = piece.start + left;
                    raw.total_bytes -= count;
                    return;
                }
                left -= piece.len();
            }
            self.host.refuse(Refused::Damaged)
        }
    }

    /// Drops all but the first `len` bytes, which are fewer than there are.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn drop_back(&self, raw: &mut RawMessage, len: c_int) {
        // SAFETY: the message is alive, and a piece is one of its own; what follows a part that only it holds is its own, too.
        unsafe {
            if len == 0 {
                self.clear(raw);
                return;
            }
            let cut = raw.total_bytes - len;
            if cut < raw.last_offset - self.start_of_last(raw) {
                raw.last_offset -= cut;
                raw.total_bytes = len;
                return;
            }
            let mut left = len;
            let mut own = raw.magic == OWNING;
            for piece in Pieces::of(raw) {
                let part = &*piece.part;
                own = own && is_sole(&part.refcnt);
                if left <= piece.len() {
                    raw.last = piece.part;
                    raw.last_offset = piece.start + left;
                    raw.total_bytes = len;
                    if own {
                        part.data_end.store(raw.last_offset, Relaxed);
                        self.drop_chain(part.next.swap(ptr::null_mut(), Relaxed));
                    }
                    return;
                }
                left -= piece.len();
            }
            self.host.refuse(Refused::Damaged)
        }
    }

    /// Where the last piece starts.
    ///
    /// # Safety
    /// As for all of these functions; the message has a chain.
    pub(crate) unsafe fn start_of_last(&self, raw: &RawMessage) -> c_int {
        if raw.first == raw.last {
            raw.first_offset
        } else {
            // SAFETY: alive.
            unsafe { (*raw.last).offset.load(Relaxed) }
        }
    }

    /// The first piece with bytes; pieces before it are given back.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn first_piece(&self, raw: &mut RawMessage) -> Option<Piece> {
        // SAFETY: the message is alive, and a piece is one of its own.
        unsafe {
            let piece = Pieces::of(raw).find(|piece| piece.len() > 0)?;
            if piece.part != raw.first {
                self.advance_to(raw, piece.part);
                raw.first_offset = piece.start;
            }
            Some(piece)
        }
    }

    /// Gives the message parts of its own, from the first one on that others hold or that it uses a piece of; buffers stay
    /// shared. Returns how many parts were copied.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn fork(&self, raw: &mut RawMessage) -> Result<c_int, NoMemory> {
        // SAFETY: the message has a reference to its first part, and each part to the next. A part with one reference that
        // is reached over such parts is the message's alone.
        unsafe {
            let (mut before, mut part) = (ptr::null_mut::<MsgPart>(), raw.first);
            if part.is_null() {
                return Ok(0);
            }
            if is_sole(&(*part).refcnt) {
                (*part).offset.store(raw.first_offset, Relaxed);
            }
            while part != raw.last && is_sole(&(*part).refcnt) {
                before = part;
                part = (*part).next.load(Relaxed);
                if part.is_null() {
                    self.host.refuse(Refused::Damaged);
                }
            }
            if is_sole(&(*part).refcnt) {
                (*part).data_end.store(raw.last_offset, Relaxed);
                self.drop_chain((*part).next.swap(ptr::null_mut(), Relaxed));
                return Ok(0);
            }
            let from = Pieces {
                next: part,
                start: (part == raw.first).then_some(raw.first_offset),
                ..Pieces::of(raw)
            };
            let (head, tail, copied) = self.copy_parts(from)?;
            match before.as_ref() {
                None => raw.first = head,
                Some(before) => before.next.store(head, Relaxed),
            }
            raw.last = tail;
            self.drop_chain(part);
            Ok(copied)
        }
    }

    /// New parts for pieces, on the same buffers: the first, the last, and how many.
    ///
    /// # Safety
    /// The pieces are alive.
    #[inline(never)]
    unsafe fn copy_parts(&self, pieces: Pieces) -> Result<(*mut MsgPart, *mut MsgPart, c_int), NoMemory> {
        let (mut head, mut tail, mut copied) = (ptr::null_mut(), ptr::null_mut::<MsgPart>(), 0);
        for piece in pieces {
            // SAFETY: alive, as the caller promises; the copies are this thread's.
            unsafe {
                let buffer = (*piece.part).part.load(Relaxed);
                (*buffer).refcnt.fetch_add(1, Relaxed);
                let copy = self.part_of(buffer);
                if copy.is_null() {
                    self.drop_buffer(buffer);
                    self.drop_chain(head);
                    return Err(NoMemory);
                }
                (*copy).offset.store(piece.start, Relaxed);
                (*copy).data_end.store(piece.end, Relaxed);
                match tail.as_ref() {
                    None => head = copy,
                    Some(tail) => tail.next.store(copy, Relaxed),
                }
                tail = copy;
                copied += 1;
            }
        }
        Ok((head, tail, copied))
    }

    /// True if the end of a chain is ready for more as it is: one part that nobody else holds needs no lock.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline]
    pub(crate) unsafe fn is_ready(&self, raw: &RawMessage) -> bool {
        // SAFETY: alive, or null.
        let last = unsafe { raw.last.as_ref() };
        last.is_some_and(|last| raw.first == raw.last && is_sole(&last.refcnt) && ends_with(raw, last))
    }

    /// Readies the end of a chain for more: the last part is the chain's last one, and ends where the message does. Returns it
    /// if it is locked against other holders of the chain, else null.
    ///
    /// The other holders see the part's new end, if at all, when they try this themselves: what they read ends where their own
    /// messages do.
    ///
    /// # Safety
    /// As for all of these functions. What is locked is unlocked soon, by this thread.
    #[inline(never)]
    pub(crate) unsafe fn lock_last(&self, raw: &mut RawMessage) -> Result<*mut MsgPart, NoMemory> {
        // SAFETY: alive, or null.
        let Some(last) = (unsafe { raw.last.as_ref() }) else { return Ok(ptr::null_mut()) };
        let fits = || ends_with(raw, last);
        // SAFETY: the same promise.
        if unsafe { self.is_ready(raw) } {
            return Ok(ptr::null_mut());
        }
        if fits() && references::try_lock(&last.magic, PART, LOCKED_PART) {
            if fits() {
                return Ok(raw.last);
            }
            references::unlock(&last.magic, PART);
        }
        // SAFETY: the same promise.
        unsafe { self.fork(raw)? };
        Ok(ptr::null_mut())
    }

    /// Unlocks a part; null is fine.
    ///
    /// # Safety
    /// From [`Self::lock_last`], and locked.
    #[inline]
    pub(crate) unsafe fn unlock(&self, part: *mut MsgPart) {
        // SAFETY: alive as long as the message that it was locked for.
        if let Some(part) = unsafe { part.as_ref() } {
            references::unlock(&part.magic, PART);
        }
    }

    /// Lets the first part start where the message does, in a copy if others hold it.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    pub(crate) unsafe fn own_first(&self, raw: &mut RawMessage) -> Result<(), NoMemory> {
        // SAFETY: the message has a reference to its first part; a copy has its own references.
        unsafe {
            let Some(first) = raw.first.as_ref() else { return Ok(()) };
            if is_sole(&first.refcnt) {
                first.offset.store(raw.first_offset, Relaxed);
            }
            if first.offset.load(Relaxed) == raw.first_offset {
                return Ok(());
            }
            let end = if raw.first == raw.last { raw.last_offset } else { first.data_end.load(Relaxed) };
            let piece =
                Pieces { next: raw.first, last: raw.first, last_offset: end, start: Some(raw.first_offset) };
            let (copy, _, _) = self.copy_parts(piece)?;
            if raw.first == raw.last {
                raw.last = copy;
            } else {
                let next = first.next.load(Relaxed);
                (*next).refcnt.fetch_add(1, Relaxed);
                (*copy).next.store(next, Relaxed);
            }
            self.drop_chain(raw.first);
            raw.first = copy;
            Ok(())
        }
    }
}
