// SPDX-License-Identifier: LGPL-2.0-or-later
//! A stack of buffers of the pool. A read fills the upper ones; those that it fills become the message, and others take their
//! place before the next read. Few bytes are copied into a smaller buffer instead, so that a trickle costs the pool little.

use core::{ffi::c_int, mem::MaybeUninit, ptr, sync::atomic::Ordering::Relaxed};

use crate::{
    layout::{
        net_msg::{OWNING, RawMessage},
        net_msg_buffers::MsgBuffer,
    },
    net::{SMALL_BUFFER, STANDARD_BUFFER, connection::BUFFERS_OF_A_TURN},
    runtime::message::{Host, Messages, bytes_of},
    sys::socket,
};

/// What a read brought.
pub(crate) enum Got {
    /// The pool is full.
    NoBuffer,
    /// There is no memory for a message of the bytes that were read: they are gone, and nobody must read on.
    Lost,
    /// The connection's end.
    End,
    /// An error, which is in errno.
    Error,
    Bytes {
        message: RawMessage,
        /// How many receive buffers were filled.
        filled: usize,
        /// All that were offered: there may be more to read.
        full: bool,
    },
}

/// How many buffers a thread keeps that has read all there was: the others are for all threads.
const KEPT: usize = 16;

/// The set of one thread, which alone uses it.
pub(crate) struct ReceiveSet {
    len: usize,
    buffers: [*mut MsgBuffer; BUFFERS_OF_A_TURN],
}

impl ReceiveSet {
    pub(crate) const fn new() -> Self {
        Self { len: 0, buffers: [ptr::null_mut(); BUFFERS_OF_A_TURN] }
    }

    /// Takes buffers out of the pool until there are `wanted`, if it has as many. Returns how many of those there are.
    #[inline(never)]
    pub(crate) fn fill<H: Host>(&mut self, messages: &Messages<H>, wanted: usize) -> usize {
        while let Some(place) = self.buffers.get_mut(self.len).filter(|_| self.len < wanted) {
            let buffer = messages.host.allocate(STANDARD_BUFFER);
            if buffer.is_null() {
                break;
            }
            *place = buffer;
            self.len += 1;
        }
        self.len.min(wanted)
    }

    /// The uppermost buffer, which is the caller's then.
    fn pop(&mut self) -> *mut MsgBuffer {
        self.len = self.len.saturating_sub(1);
        self.buffers.get(self.len).copied().unwrap_or(ptr::null_mut())
    }

    /// Gives all buffers back.
    pub(crate) fn give_back<H: Host>(&mut self, messages: &Messages<H>) {
        self.give_back_above(messages, 0);
    }

    #[inline]
    fn give_back_above<H: Host>(&mut self, messages: &Messages<H>, kept: usize) {
        while self.len > kept {
            // SAFETY: the set's reference to a buffer of the pool.
            unsafe { messages.drop_buffer(self.pop()) };
        }
    }

    /// Reads from a socket, into at most `offered` buffers.
    ///
    /// # Safety
    /// The pool of `messages` is the one that the set was filled from.
    pub(crate) unsafe fn read<H: Host>(&mut self, messages: &Messages<H>, fd: c_int, offered: usize) -> Got {
        let offered = self.fill(messages, offered);
        if offered == 0 {
            return Got::NoBuffer;
        }
        let mut entries = [const { MaybeUninit::<libc::iovec>::uninit() }; BUFFERS_OF_A_TURN];
        let upper = self.buffers.get(..self.len).into_iter().flatten().rev();
        for (entry, buffer) in entries.iter_mut().zip(upper).take(offered) {
            entry
                .write(libc::iovec { iov_base: bytes_of(*buffer).cast(), iov_len: STANDARD_BUFFER as usize });
        }
        // SAFETY: so many entries were written; their buffers are this set's alone, and have so many bytes.
        let read = unsafe { socket::read_into(fd, entries.as_ptr().cast(), offered as c_int) };
        match c_int::try_from(read) {
            Ok(0) => Got::End,
            Ok(count @ 1..) => {
                let filled = (count as usize).div_ceil(STANDARD_BUFFER as usize);
                let full = count as usize == offered * STANDARD_BUFFER as usize;
                // SAFETY: the bytes are in the set's upper buffers.
                let message = unsafe {
                    let copy = if count <= SMALL_BUFFER { self.copied(messages, count) } else { None };
                    copy.or_else(|| self.taken(messages, count))
                };
                if !full {
                    self.give_back_above(messages, KEPT);
                }
                message.map_or(Got::Lost, |message| Got::Bytes { message, filled, full })
            }
            _ => Got::Error,
        }
    }

    /// A message of few bytes, which are in the uppermost buffer, in a smaller one. None where there is none.
    ///
    /// # Safety
    /// So many bytes were read into it.
    unsafe fn copied<H: Host>(&self, messages: &Messages<H>, count: c_int) -> Option<RawMessage> {
        let from = *self.buffers.get(self.len.checked_sub(1)?)?;
        // The same class for all: a class takes a chunk of the pool.
        let part = messages.part_with_room(SMALL_BUFFER, false);
        // SAFETY: a new part, or null; its buffer has room for so many bytes, and is another one.
        unsafe {
            let to = bytes_of(part.as_ref()?.part.load(Relaxed));
            to.copy_from_nonoverlapping(bytes_of(from), count as usize);
            let mut message = RawMessage::empty(OWNING);
            messages.count_messages(1);
            messages.link(&mut message, part);
            messages.took(&mut message, count);
            Some(message)
        }
    }

    /// A message of bytes in the upper buffers, which leave the set. None without memory for its parts.
    ///
    /// # Safety
    /// So many bytes were read into them.
    unsafe fn taken<H: Host>(&mut self, messages: &Messages<H>, count: c_int) -> Option<RawMessage> {
        let mut message = RawMessage::empty(OWNING);
        messages.count_messages(1);
        let mut left = count;
        while left > 0 {
            let buffer = self.pop();
            let part = messages.part_of(buffer);
            // SAFETY: the buffer was the set's, and is the part's now, or given back; the message is this function's.
            unsafe {
                if part.is_null() {
                    messages.drop_buffer(buffer);
                    messages.free(&mut message);
                    return None;
                }
                messages.link(&mut message, part);
                messages.took(&mut message, left.min(STANDARD_BUFFER));
            }
            left -= STANDARD_BUFFER;
        }
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    //! Reads from socket pairs, with a pool that holds so many buffers.

    use core::{
        cell::Cell,
        sync::atomic::{AtomicI32, AtomicPtr},
    };
    use std::{boxed::Box, io::Write, os::fd::AsRawFd, os::unix::net::UnixStream, vec::Vec};

    use super::*;
    use crate::{
        layout::{
            net_msg::{MessageStats, MsgPart},
            net_msg_buffers::MsgBuffersChunk,
        },
        runtime::{message::Refused, module_stats::OwnBlock},
        sys::errno,
    };

    struct Pool {
        left: Cell<i32>,
        given: Cell<i32>,
        parts: Cell<i32>,
        chunk: *mut MsgBuffersChunk,
    }

    impl Host for &Pool {
        fn allocate(&self, size: c_int) -> *mut MsgBuffer {
            if self.left.get() == 0 {
                return ptr::null_mut();
            }
            self.left.set(self.left.get() - 1);
            self.given.set(self.given.get() + 1);
            let header = MsgBuffer {
                chunk: AtomicPtr::new(self.chunk),
                refcnt: AtomicI32::new(1),
                magic: AtomicI32::new(0),
            };
            // SAFETY: memory for a buffer, which is filled in.
            unsafe {
                let buffer: *mut MsgBuffer =
                    libc::malloc(size_of::<MsgBuffer>() + size.max(STANDARD_BUFFER) as usize).cast();
                buffer.write(header);
                buffer
            }
        }

        unsafe fn free(&self, buffer: *mut MsgBuffer) {
            self.left.set(self.left.get() + 1);
            self.given.set(self.given.get() - 1);
            // SAFETY: from `allocate`, as the caller promises.
            unsafe { libc::free(buffer.cast()) }
        }

        fn refuse(&self, why: Refused) -> ! {
            panic!("{why:?}")
        }

        fn memory_of_part(&self) -> *mut MsgPart {
            self.parts.set(self.parts.get() - 1);
            if self.parts.get() < 0 {
                return ptr::null_mut();
            }
            // SAFETY: an allocation.
            unsafe { libc::malloc(size_of::<MsgPart>()) }.cast()
        }
    }

    fn pool(left: i32) -> Pool {
        let chunk = Box::leak(Box::new(MsgBuffersChunk::new()));
        chunk.buffer_size.store(STANDARD_BUFFER, Relaxed);
        Pool { left: Cell::new(left), given: Cell::new(0), parts: Cell::new(1000), chunk }
    }

    fn messages(pool: &Pool) -> Messages<&Pool> {
        let block = Box::leak(Box::new(MessageStats::new()));
        Messages { host: pool, own: OwnBlock { block, shared: true } }
    }

    fn pair() -> (UnixStream, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (ours, theirs)
    }

    /// What a message holds; it is freed.
    fn bytes(messages: &Messages<&Pool>, mut message: RawMessage) -> Vec<u8> {
        let mut result = std::vec![0; message.total_bytes as usize];
        let count = message.total_bytes;
        // SAFETY: a message of the pool, and room for its bytes.
        unsafe {
            assert_eq!(messages.fetch(&mut message, result.as_mut_ptr(), count, 0, 0), count);
            messages.free(&mut message);
        }
        result
    }

    #[test]
    fn every_byte_arrives_in_order() {
        let pool = pool(400);
        let messages = messages(&pool);
        let mut set = ReceiveSet::new();
        let (ours, mut theirs) = pair();
        for len in [1, 512, 513, 2047, 2048, 2049, 8191, 8192, 8193, 60_000] {
            let sent: Vec<u8> = (0..len).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            theirs.write_all(&sent).unwrap();
            let mut received = Vec::new();
            let mut offered = 4;
            loop {
                // SAFETY: one pool.
                let got = unsafe { set.read(&messages, ours.as_raw_fd(), offered) };
                let Got::Bytes { message, filled, full } = got else { break };
                let part = bytes(&messages, message);
                assert_eq!(filled, part.len().div_ceil(2048));
                assert_eq!(full, part.len() == offered * 2048);
                received.extend(part);
                if !full {
                    break;
                }
                offered = BUFFERS_OF_A_TURN;
            }
            assert!(received == sent, "{len}");
        }
        set.give_back(&messages);
        assert_eq!(pool.given.get(), 0);
        assert_eq!(messages.own.block.rwm_total_msgs.load(Relaxed), 0);
        assert_eq!(messages.own.block.rwm_total_msg_parts.load(Relaxed), 0);
    }

    /// Few bytes leave the receive buffers where they are (cure 7): a trickle takes a small buffer each.
    #[test]
    fn few_bytes_are_copied() {
        let pool = pool(4);
        let messages = messages(&pool);
        let mut set = ReceiveSet::new();
        let (ours, mut theirs) = pair();
        theirs.write_all(&[7; 300]).unwrap();
        // SAFETY: one pool.
        let Got::Bytes { message, .. } = (unsafe { set.read(&messages, ours.as_raw_fd(), 3) }) else {
            panic!()
        };
        assert_eq!((set.len, pool.left.get()), (3, 0));
        assert_eq!(bytes(&messages, message), [7; 300]);
        set.give_back(&messages);
    }

    /// What a great read needed is not kept from others.
    #[test]
    fn few_buffers_stay_with_the_thread() {
        let pool = pool(200);
        let messages = messages(&pool);
        let mut set = ReceiveSet::new();
        let (ours, mut theirs) = pair();
        theirs.write_all(&[7; 4096]).unwrap();
        // SAFETY: one pool.
        let Got::Bytes { message, .. } = (unsafe { set.read(&messages, ours.as_raw_fd(), 100) }) else {
            panic!()
        };
        assert_eq!((set.len, pool.given.get()), (KEPT, KEPT as i32 + 2));
        assert_eq!(bytes(&messages, message), [7; 4096]);
        set.give_back(&messages);
        assert_eq!(pool.given.get(), 0);
    }

    /// They are no longer in the socket: reading on would leave a hole in the stream.
    #[test]
    fn bytes_without_memory_for_a_message_are_lost() {
        for len in [100, 5000] {
            for parts in 0..=len / 2048 {
                let pool = pool(8);
                let messages = messages(&pool);
                let mut set = ReceiveSet::new();
                let (ours, mut theirs) = pair();
                theirs.write_all(&std::vec![1; len as usize]).unwrap();
                pool.parts.set(parts);
                // SAFETY: one pool.
                assert!(matches!(unsafe { set.read(&messages, ours.as_raw_fd(), 4) }, Got::Lost));
                set.give_back(&messages);
                assert_eq!((pool.left.get(), pool.given.get()), (8, 0));
                assert_eq!(messages.own.block.rwm_total_msgs.load(Relaxed), 0);
            }
        }
    }

    #[test]
    fn full_pool_is_an_answer_and_ends() {
        let pool = pool(1);
        let messages = messages(&pool);
        let mut set = ReceiveSet::new();
        let (ours, mut theirs) = pair();
        theirs.write_all(&[1; 100]).unwrap();
        // SAFETY: one pool.
        unsafe {
            // There is no smaller buffer, so the receive buffer itself becomes the message.
            let Got::Bytes { message, .. } = set.read(&messages, ours.as_raw_fd(), 4) else { panic!() };
            assert_eq!(set.len, 0);
            assert!(matches!(set.read(&messages, ours.as_raw_fd(), 4), Got::NoBuffer));
            assert_eq!(bytes(&messages, message), [1; 100]);
            assert!(matches!(set.read(&messages, ours.as_raw_fd(), 4), Got::Error));
            assert_eq!(errno::get(), libc::EAGAIN);
            drop(theirs);
            assert!(matches!(set.read(&messages, ours.as_raw_fd(), 4), Got::End));
        }
        set.give_back(&messages);
        assert_eq!((pool.left.get(), pool.given.get()), (1, 0));
    }
}
