// SPDX-License-Identifier: LGPL-2.0-or-later
//! Encryption from one message into another. Parts that nobody else holds are encrypted where they are, and change the message;
//! the rest is encrypted into buffers of the other message.

use core::{ffi::c_int, ptr, sync::atomic::Ordering::Relaxed};

use super::super::{Host, Messages, Pieces, Refused, is_sole};
use crate::{
    layout::net_msg::{CipherWork, MsgPart, OWNING, RawMessage},
    net::{HEADROOM, SMALL_BUFFER, STANDARD_BUFFER},
};

/// The greatest block.
const MOST_BLOCK: usize = 16;

/// A cipher: encrypts or decrypts whole blocks, to a place that is the input's or apart from it.
pub(crate) trait Cipher {
    /// # Safety
    /// The input is readable, the output writable for `count` bytes, which are whole blocks.
    unsafe fn work(&mut self, input: *const u8, output: *mut u8, count: c_int);
}

/// Whether a cipher's block is one that messages are encrypted by.
pub(crate) fn is_block(block: c_int) -> bool {
    (1..=MOST_BLOCK as c_int).contains(&block) && block & (block - 1) == 0
}

/// A block of which some bytes are there, and where they belong.
struct Begun {
    bytes: [u8; MOST_BLOCK],
    count: c_int,
    place: *mut u8,
}

impl Begun {
    /// Begins a block with bytes that are fewer than one.
    ///
    /// # Safety
    /// `data` is writable for `count` bytes.
    unsafe fn begin(&mut self, data: *mut u8, count: c_int) {
        (self.count, self.place) = (count, data);
        // SAFETY: as the caller promises; a block is not longer than its place.
        unsafe { self.bytes.as_mut_ptr().copy_from_nonoverlapping(data, count as usize) };
    }

    /// Adds the bytes that are missing, works on the block, and writes its bytes where they belong. Returns how many were added;
    /// none if no block was begun.
    ///
    /// # Safety
    /// `data` is writable for as many bytes.
    unsafe fn end(&mut self, data: *mut u8, block: c_int, cipher: &mut impl Cipher) -> c_int {
        if self.count == 0 {
            return 0;
        }
        let missing = block - self.count;
        let (first, place) = (self.count as usize, self.place);
        let bytes = self.bytes.as_mut_ptr();
        // SAFETY: as the caller promises, now and at the beginning; a block is not longer than its place.
        unsafe {
            bytes.add(first).copy_from_nonoverlapping(data, missing as usize);
            cipher.work(bytes, bytes, block);
            place.copy_from_nonoverlapping(bytes, first);
            data.copy_from_nonoverlapping(bytes.add(first), missing as usize);
        }
        self.count = 0;
        missing
    }
}

/// Parts at a message's start that nobody else holds, and that have at least a block each: the last of them, how many bytes they
/// have.
struct OwnParts {
    last: *mut MsgPart,
    bytes: c_int,
}

impl<H: Host> Messages<H> {
    /// Moves `count` bytes, or as many as there are, through a cipher to the end of another message, in whole blocks. Returns
    /// how many; fewer only without memory.
    ///
    /// # Safety
    /// As for all of these functions; the messages are two.
    pub(crate) unsafe fn encrypt(
        &self,
        raw: &mut RawMessage,
        to: &mut RawMessage,
        count: c_int,
        block: c_int,
        mut cipher: impl Cipher,
    ) -> c_int {
        if !is_block(block) {
            self.host.refuse(Refused::Block);
        }
        let count = count.min(raw.total_bytes) & -block;
        if count <= 0 {
            return 0;
        }
        // SAFETY: the same promises.
        unsafe {
            self.drop_if_drained(to);
            let Ok(locked) = self.lock_last(to) else { return 0 };
            let fits = !to.first.is_null() && count <= SMALL_BUFFER.min(self.room(to).1);
            let own = if fits {
                OwnParts { last: ptr::null_mut(), bytes: 0 }
            } else {
                self.own_parts(raw, count, block)
            };
            let mut work = CipherWork {
                bp: 0,
                buf_left: 0,
                left: count - own.bytes,
                block_size: block,
                raw: to,
                evp_ctx: ptr::null_mut(),
                buf: [0; MOST_BLOCK],
            };
            let mut done = 0;
            // Of a block that begins in an own part and ends in another, the end is copied: for that there must be a buffer.
            let mut aside = ptr::null_mut();
            if own.bytes > 0 && work.left > 0 {
                aside = self.part_with_room(work.left.min(STANDARD_BUFFER), true);
                if aside.is_null() {
                    self.unlock(locked);
                    return 0;
                }
            }
            if own.bytes > 0 {
                done = self.encrypt_own(raw, &own, &mut work, aside, &mut cipher);
                aside = if done > own.bytes { ptr::null_mut() } else { aside };
            }
            if work.left > 0 {
                let more = self.encrypt_copy(raw, &mut work, &mut cipher);
                self.drop_front(raw, more);
                done += more;
            }
            self.drop_chain(aside);
            self.unlock(locked);
            done
        }
    }

    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    unsafe fn own_parts(&self, raw: &RawMessage, count: c_int, block: c_int) -> OwnParts {
        let mut own = OwnParts { last: ptr::null_mut(), bytes: 0 };
        if raw.magic != OWNING {
            return own;
        }
        // SAFETY: the message is alive, and a piece is one of its own.
        unsafe {
            for piece in Pieces::of(raw) {
                let is_own =
                    is_sole(&(*piece.part).refcnt) && is_sole(&piece.buffer().refcnt) && piece.len() >= block;
                if !is_own || piece.len() > count - own.bytes {
                    break;
                }
                own = OwnParts { last: piece.part, bytes: own.bytes + piece.len() };
            }
        }
        own
    }

    /// Encrypts own parts where they are, and moves them to the other message. A block that ends behind them is done whole: its
    /// end is copied to `aside`, which is added to the other message. Returns how many bytes were done.
    ///
    /// # Safety
    /// As for [`Self::encrypt`]; `aside` is a part with room where bytes follow the own parts.
    #[inline(never)]
    unsafe fn encrypt_own(
        &self,
        raw: &mut RawMessage,
        own: &OwnParts,
        work: &mut CipherWork,
        aside: *mut MsgPart,
        cipher: &mut impl Cipher,
    ) -> c_int {
        let block = work.block_size;
        let mut begun = Begun { bytes: [0; MOST_BLOCK], count: 0, place: ptr::null_mut() };
        // SAFETY: the parts are the message's alone, and so are their buffers.
        unsafe {
            self.visit(raw, 0, own.bytes, &mut |data, len| {
                let head = begun.end(data, block, cipher);
                let whole = (len - head) & -block;
                let middle = data.offset(head as isize);
                if whole > 0 {
                    cipher.work(middle, middle, whole);
                }
                begun.begin(middle.offset(whole as isize), len - head - whole);
                0
            });
            // What ends a block that these parts begin.
            let end = if begun.count == 0 { 0 } else { block - begun.count };
            let mut rest = [0; MOST_BLOCK];
            if end > 0 {
                self.fetch(&mut { *raw }, rest.as_mut_ptr(), end, own.bytes, 0);
                begun.end(rest.as_mut_ptr(), block, cipher);
            }
            self.move_parts(raw, &mut *work.raw, own);
            if end > 0 {
                let to = &mut *work.raw;
                self.link(to, aside);
                self.room(to).0.copy_from_nonoverlapping(rest.as_ptr(), end as usize);
                self.took(to, end);
                self.drop_front(raw, end);
                work.left -= end;
            }
            own.bytes + end
        }
    }

    /// Moves parts from a message's start to the end of another.
    ///
    /// # Safety
    /// As for [`Self::encrypt`]; the parts are the message's alone.
    #[inline(never)]
    unsafe fn move_parts(&self, raw: &mut RawMessage, to: &mut RawMessage, own: &OwnParts) {
        // SAFETY: the message's references to its first part, and of the last moved part to the next, change their owners.
        unsafe {
            let (first, last) = (raw.first, &*own.last);
            let next = last.next.swap(ptr::null_mut(), Relaxed);
            (*first).offset.store(raw.first_offset, Relaxed);
            match to.last.as_ref() {
                Some(end) => end.next.store(first, Relaxed),
                None => {
                    to.first = first;
                    to.first_offset = raw.first_offset;
                }
            }
            if own.last == raw.last {
                last.data_end.store(raw.last_offset, Relaxed);
                self.drop_chain(next);
                self.clean(raw);
            } else {
                raw.first = next;
                raw.first_offset = (*next).offset.load(Relaxed);
                raw.total_bytes -= own.bytes;
            }
            to.last = own.last;
            to.last_offset = last.data_end.load(Relaxed);
            to.total_bytes += own.bytes;
        }
    }

    /// Encrypts the first `work.left` bytes into the other message. Returns how many were done.
    ///
    /// # Safety
    /// As for [`Self::encrypt`].
    #[inline(never)]
    unsafe fn encrypt_copy(
        &self,
        raw: &RawMessage,
        work: &mut CipherWork,
        cipher: &mut impl Cipher,
    ) -> c_int {
        let count = work.left;
        // SAFETY: the same promises.
        unsafe {
            self.visit(raw, 0, count, &mut |data, len| {
                if self.encrypt_piece(work, data, len, cipher) { 0 } else { -1 }
            });
        }
        count - work.left
    }

    /// Encrypts bytes into `work.raw`; those of a block that is not whole wait in `work`. False without memory.
    ///
    /// # Safety
    /// As for [`Self::encrypt`]; the end of `work.raw` is readied, its block is one, and `data` is readable for `len` bytes.
    #[inline(never)]
    pub(crate) unsafe fn encrypt_piece(
        &self,
        work: &mut CipherWork,
        mut data: *const u8,
        mut len: c_int,
        cipher: &mut impl Cipher,
    ) -> bool {
        let block = work.block_size;
        // SAFETY: the same promises; there is room for what is written.
        unsafe {
            if work.bp > 0 {
                let more = len.min(block - work.bp);
                let place = work.buf.as_mut_ptr().offset(work.bp as isize);
                place.copy_from_nonoverlapping(data, more as usize);
                work.bp += more;
                data = data.offset(more as isize);
                len -= more;
                if work.bp < block {
                    return true;
                }
                let Some((place, _)) = self.room_for(work) else { return false };
                let whole = work.buf.as_ptr();
                cipher.work(whole, place, block);
                self.came_out(work, block);
                work.bp = 0;
            }
            while len >= block {
                let Some((place, room)) = self.room_for(work) else { return false };
                let more = len.min(room) & -block;
                cipher.work(data, place, more);
                self.came_out(work, more);
                data = data.offset(more as isize);
                len -= more;
            }
            work.buf.as_mut_ptr().copy_from_nonoverlapping(data, len as usize);
            work.bp = len;
        }
        true
    }

    /// A place for at least one block, and how much room there is.
    ///
    /// # Safety
    /// As for [`Self::encrypt_piece`].
    #[inline(never)]
    unsafe fn room_for(&self, work: &mut CipherWork) -> Option<(*mut u8, c_int)> {
        // SAFETY: the same promises.
        unsafe {
            let to = &mut *work.raw;
            if !to.first.is_null() {
                let (place, room) = self.room(to);
                if room >= work.block_size {
                    return Some((place, room));
                }
            }
            let headroom = if to.first.is_null() { HEADROOM } else { 0 };
            let size = work.left.saturating_add(headroom).min(STANDARD_BUFFER).max(work.block_size);
            self.grow(to, size, headroom, true).then(|| self.room(to))
        }
    }

    /// # Safety
    /// As for [`Self::encrypt_piece`]; there was room.
    unsafe fn came_out(&self, work: &mut CipherWork, count: c_int) {
        // SAFETY: the same promises.
        unsafe { self.took(&mut *work.raw, count) };
        work.left -= count;
    }
}
