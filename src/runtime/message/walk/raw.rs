// SPDX-License-Identifier: LGPL-2.0-or-later
//! Reading.

use core::{cmp::Ordering, ffi::c_int, sync::atomic::Ordering::Relaxed};

use super::super::{Host, Messages, Piece, Pieces, Refused};
use crate::layout::net_msg::RawMessage;

/// What becomes of a message that was read: the bytes up to the last one read are dropped; or those from the first one on.
pub(crate) const ADVANCE: c_int = 1;
pub(crate) const TRUNCATE: c_int = 2;

/// What is called with pieces: once for each, so the same code for all of them is shorter and no slower.
pub(crate) type See<'a> = &'a mut dyn FnMut(*mut u8, c_int) -> c_int;

impl<H: Host> Messages<H> {
    /// Calls a function with each piece of `count` bytes from `offset` on, of which there are as many, until it returns a
    /// negative number; which is returned, or else 0.
    ///
    /// # Safety
    /// As for all of these functions; the function does not change the message.
    #[inline(never)]
    pub(crate) unsafe fn visit(&self, raw: &RawMessage, offset: c_int, count: c_int, f: See<'_>) -> c_int {
        let (mut skip, mut left) = (offset, count);
        // SAFETY: the message is alive, and a piece is one of its own.
        unsafe {
            for piece in Pieces::of(raw) {
                if left == 0 {
                    return 0;
                }
                if piece.len() <= skip {
                    skip -= piece.len();
                    continue;
                }
                let len = left.min(piece.len() - skip);
                let result = f(piece.data().wrapping_offset(skip as isize), len);
                if result < 0 {
                    return result;
                }
                skip = 0;
                left -= len;
            }
        }
        if left > 0 {
            self.host.refuse(Refused::Damaged);
        }
        0
    }

    /// Calls a function with pieces, as [`Self::visit`], of as many bytes as there are; then does what `flags` say. Returns how
    /// many bytes, or the function's negative result, with which the message stays as it is.
    ///
    /// # Safety
    /// As for [`Self::visit`].
    #[inline(never)]
    pub(crate) unsafe fn process(
        &self,
        raw: &mut RawMessage,
        count: c_int,
        offset: c_int,
        flags: c_int,
        f: See<'_>,
    ) -> c_int {
        if count < 0 || offset < 0 {
            self.host.refuse(Refused::Negative);
        }
        let count = count.min(raw.total_bytes - offset);
        if count <= 0 {
            return 0;
        }
        // SAFETY: the same promise.
        unsafe {
            let result = self.visit(raw, offset, count, f);
            if result < 0 {
                return result;
            }
            match (flags & ADVANCE != 0, flags & TRUNCATE != 0) {
                (true, true) => self.clear(raw),
                (true, false) => self.drop_front(raw, offset + count),
                (false, true) => self.drop_back(raw, offset),
                (false, false) => {}
            }
        }
        count
    }

    /// Copies `count` bytes from `offset` on, or as many as there are, if `to` is not null; then does what `flags` say. Returns
    /// how many.
    ///
    /// # Safety
    /// As for all of these functions; `to` is null, or writable for so many bytes.
    #[inline(never)]
    pub(crate) unsafe fn fetch(
        &self,
        raw: &mut RawMessage,
        to: *mut u8,
        count: c_int,
        offset: c_int,
        flags: c_int,
    ) -> c_int {
        // SAFETY: the same promises. What is in the first piece, and not all of it, needs no walk.
        unsafe {
            if offset == 0 && flags & TRUNCATE == 0 && count > 0 && count < self.first_len(raw) {
                let first = Piece { part: raw.first, start: raw.first_offset, end: raw.first_offset + count };
                if !to.is_null() {
                    to.copy_from_nonoverlapping(first.data(), count as usize);
                }
                if flags & ADVANCE != 0 {
                    raw.first_offset += count;
                    raw.total_bytes -= count;
                }
                return count;
            }
            let mut place = to;
            self.process(raw, count, offset, flags, &mut |data, len| {
                if !place.is_null() {
                    place.copy_from_nonoverlapping(data, len as usize);
                    place = place.wrapping_offset(len as isize);
                }
                0
            })
        }
    }

    /// How many bytes the first piece has.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline]
    unsafe fn first_len(&self, raw: &RawMessage) -> c_int {
        // SAFETY: alive, or null.
        match unsafe { raw.first.as_ref() } {
            None => 0,
            Some(_) if raw.first == raw.last => raw.last_offset - raw.first_offset,
            Some(first) => first.data_end.load(Relaxed) - raw.first_offset,
        }
    }

    /// Compares as bytes, and then by length: what `memcmp` returns, or -1 and 1 where one is the start of the other.
    ///
    /// # Safety
    /// As for all of these functions.
    pub(crate) unsafe fn compare(&self, left: &RawMessage, right: &RawMessage) -> c_int {
        let least = left.total_bytes.min(right.total_bytes);
        let (mut at, mut result) = (0, 0);
        // SAFETY: the messages are alive, and are only read; both have so many bytes.
        unsafe {
            self.visit(left, 0, least, &mut |one, one_len| {
                let mut done = 0;
                self.visit(right, at, one_len, &mut |other, len| {
                    result = libc::memcmp(one.offset(done).cast(), other.cast(), len as usize);
                    done += len as isize;
                    -result.abs()
                });
                at += one_len;
                -result.abs()
            });
        }
        match left.total_bytes.cmp(&right.total_bytes) {
            _ if result != 0 => result,
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }

    /// Describes the first `count` bytes, or as many as there are, piece by piece, in at most `most` entries. Returns how many
    /// entries were used; `None` if these do not suffice, and then all are.
    ///
    /// # Safety
    /// As for all of these functions; `entries` is writable for `most` entries.
    pub(crate) unsafe fn describe(
        &self,
        raw: &RawMessage,
        entries: *mut libc::iovec,
        most: c_int,
        count: c_int,
    ) -> Option<c_int> {
        let (mut used, mut fits) = (0, true);
        // SAFETY: the same promises.
        unsafe {
            self.visit(raw, 0, count.min(raw.total_bytes), &mut |data, len| {
                if used >= most {
                    fits = false;
                    return -1;
                }
                let entry = libc::iovec { iov_base: data.cast(), iov_len: len as usize };
                entries.offset(used as isize).write(entry);
                used += 1;
                0
            })
        };
        fits.then_some(used)
    }

    /// Calls a function with the length of each piece, empty ones too. False if their sum is not the message's number of
    /// bytes, or a piece does not lie in its buffer.
    ///
    /// # Safety
    /// As for all of these functions; what is not so is found out.
    #[inline(never)]
    pub(crate) unsafe fn check(&self, raw: &RawMessage, f: &mut dyn FnMut(c_int)) -> bool {
        let (mut sum, mut last, mut good) = (0_i64, core::ptr::null_mut(), true);
        // SAFETY: the message is alive, and a piece is one of its own.
        unsafe {
            for piece in Pieces::of(raw) {
                let room = (*piece.buffer().chunk.load(Relaxed)).buffer_size.load(Relaxed);
                good &= piece.start >= 0 && piece.len() >= 0 && piece.end <= room;
                sum += i64::from(piece.len());
                last = piece.part;
                f(piece.len());
            }
        }
        good && last == raw.last && sum == i64::from(raw.total_bytes)
    }
}
