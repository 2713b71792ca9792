// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages against plain copies of their bytes, with a pool that counts its buffers and may be full.

use core::{
    cell::Cell,
    ffi::c_int,
    ptr,
    sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed},
};
use std::{boxed::Box, panic, vec, vec::Vec};

use proptest::prelude::*;

use super::super::{ADVANCE, Cipher, Host, Messages, Refused, TRUNCATE};
use crate::{
    layout::{
        net_msg::{MessageStats, OWNING, RawMessage, TEMPORARY},
        net_msg_buffers::{MsgBuffer, MsgBuffersChunk},
    },
    net::Sizes,
    runtime::module_stats::OwnBlock,
};

const SLOTS: usize = 5;

/// How many buffers there may be, and how many there are.
struct Pool {
    most: Cell<i32>,
    alive: Cell<i32>,
    chunks: &'static [MsgBuffersChunk; 3],
}

impl Pool {
    fn new(most: i32) -> Self {
        let chunk = |size| {
            let chunk = MsgBuffersChunk::new();
            chunk.buffer_size.store(size, Relaxed);
            chunk
        };
        let chunks = Box::leak(Box::new([chunk(48), chunk(512), chunk(2048)]));
        Self { most: Cell::new(most), alive: Cell::new(0), chunks }
    }
}

impl Host for &Pool {
    fn allocate(&self, size: c_int) -> *mut MsgBuffer {
        if self.alive.get() >= self.most.get() {
            return ptr::null_mut();
        }
        let chunk = self.chunks.iter().find(|chunk| chunk.buffer_size.load(Relaxed) >= size).unwrap();
        let room = chunk.buffer_size.load(Relaxed) as usize;
        let header = MsgBuffer {
            chunk: AtomicPtr::new(ptr::from_ref(chunk).cast_mut()),
            refcnt: AtomicI32::new(1),
            magic: AtomicI32::new(1),
        };
        self.alive.set(self.alive.get() + 1);
        // SAFETY: memory for a buffer with so many bytes.
        unsafe {
            let buffer: *mut MsgBuffer = libc::malloc(size_of::<MsgBuffer>() + room).cast();
            buffer.write(header);
            buffer
        }
    }

    unsafe fn free(&self, buffer: *mut MsgBuffer) {
        self.alive.set(self.alive.get() - 1);
        // SAFETY: from `allocate`, as the caller promises.
        unsafe {
            assert_eq!((*buffer).refcnt.load(Relaxed), 0);
            libc::free(buffer.cast());
        }
    }

    fn refuse(&self, why: Refused) -> ! {
        panic!("{why:?}")
    }
}

/// A stream of bytes that depend on how many came before.
struct Counter<'a>(&'a Cell<u32>);

impl Counter<'_> {
    fn next(&self) -> u8 {
        let count = self.0.get();
        self.0.set(count + 1);
        (count.wrapping_mul(2_654_435_761) >> 24) as u8
    }
}

impl Cipher for Counter<'_> {
    unsafe fn work(&mut self, input: *const u8, output: *mut u8, count: c_int) {
        assert!(count > 0);
        for at in 0..count as usize {
            // SAFETY: readable and writable, as the caller promises.
            unsafe { output.add(at).write(input.add(at).read() ^ self.next()) };
        }
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Push { slot: usize, count: i32 },
    PushFront { slot: usize, count: i32 },
    Prepend { slot: usize, count: i32 },
    Postpone { slot: usize, count: i32 },
    Fetch { slot: usize, count: i32 },
    FetchBack { slot: usize, count: i32 },
    Process { slot: usize, offset: i32, count: i32, flags: i32 },
    Clone { from: usize, to: usize },
    Split { slot: usize, tail: usize, count: i32 },
    Unite { slot: usize, tail: usize },
    Encrypt { from: usize, to: usize, count: i32, block: i32 },
    Fork { slot: usize },
    FirstPiece { slot: usize },
    OwnFirst { slot: usize },
}

fn operations() -> impl Strategy<Value = Operation> {
    let slot = || 0..SLOTS;
    let count = || prop_oneof![4 => 0..40_i32, 3 => 300..600_i32, 3 => 1800..2100_i32, 1 => 3000..9000_i32];
    let two = || (0..SLOTS, 1..SLOTS).prop_map(|(one, by)| (one, (one + by) % SLOTS));
    prop_oneof![
        6 => (slot(), count()).prop_map(|(slot, count)| Operation::Push { slot, count }),
        2 => (slot(), count()).prop_map(|(slot, count)| Operation::PushFront { slot, count }),
        1 => (slot(), count()).prop_map(|(slot, count)| Operation::Prepend { slot, count }),
        1 => (slot(), count()).prop_map(|(slot, count)| Operation::Postpone { slot, count }),
        4 => (slot(), count()).prop_map(|(slot, count)| Operation::Fetch { slot, count }),
        2 => (slot(), count()).prop_map(|(slot, count)| Operation::FetchBack { slot, count }),
        2 => (slot(), count(), count(), 0..4_i32)
            .prop_map(|(slot, offset, count, flags)| Operation::Process { slot, offset, count, flags }),
        3 => two().prop_map(|(from, to)| Operation::Clone { from, to }),
        4 => (two(), count()).prop_map(|((slot, tail), count)| Operation::Split { slot, tail, count }),
        5 => two().prop_map(|(slot, tail)| Operation::Unite { slot, tail }),
        4 => (two(), count(), 0..5_u32)
            .prop_map(|((from, to), count, shift)| Operation::Encrypt { from, to, count, block: 1 << shift }),
        1 => slot().prop_map(|slot| Operation::Fork { slot }),
        1 => slot().prop_map(|slot| Operation::FirstPiece { slot }),
        1 => slot().prop_map(|slot| Operation::OwnFirst { slot }),
    ]
}

/// Messages, and what they should hold.
struct World<'a> {
    messages: Messages<&'a Pool>,
    raw: Vec<RawMessage>,
    plain: Vec<Vec<u8>>,
    written: u32,
    stream: Cell<u32>,
}

impl<'a> World<'a> {
    fn new(pool: &'a Pool) -> Self {
        let block = Box::leak(Box::new(MessageStats::new()));
        let messages = Messages { host: pool, own: OwnBlock { block, shared: false } };
        messages.count_messages(SLOTS as i32);
        Self {
            messages,
            raw: vec![RawMessage::empty(OWNING); SLOTS],
            plain: vec![Vec::new(); SLOTS],
            written: 0,
            stream: Cell::new(0),
        }
    }

    fn stats(&self) -> (i32, i32) {
        let block = self.messages.own.block;
        (block.rwm_total_msgs.load(Relaxed), block.rwm_total_msg_parts.load(Relaxed))
    }

    fn new_bytes(&mut self, count: i32) -> Vec<u8> {
        let first = self.written;
        self.written += count as u32;
        (first..self.written).map(|number| (number % 251) as u8).collect()
    }

    /// Two messages.
    fn two(&mut self, one: usize, other: usize) -> (&mut RawMessage, &mut RawMessage) {
        assert_ne!(one, other);
        let (first, second) = self.raw.split_at_mut(one.max(other));
        let (low, high) = (&mut first[one.min(other)], &mut second[0]);
        if one < other { (low, high) } else { (high, low) }
    }

    fn read(&mut self, slot: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.plain[slot].len() + 10];
        let room = bytes.len() as i32;
        // SAFETY: a live message, and so much room.
        let count = unsafe { self.messages.fetch(&mut self.raw[slot], bytes.as_mut_ptr(), room, 0, 0) };
        bytes.truncate(count as usize);
        bytes
    }

    fn check(&mut self) {
        for slot in 0..SLOTS {
            assert_eq!(self.read(slot), self.plain[slot], "message {slot}");
            let raw = self.raw[slot];
            // SAFETY: a live message.
            assert!(unsafe { self.messages.check(&raw, &mut |_| {}) });
            assert_eq!(raw.total_bytes == 0, raw.first.is_null(), "a drained message has no chain");
        }
    }

    #[allow(clippy::too_many_lines, reason = "an arm for each operation")]
    fn run(&mut self, operation: &Operation) {
        // SAFETY: all messages are live, and this thread's; places have the room that is said.
        unsafe {
            match *operation {
                Operation::Push { slot, count } => {
                    let mut bytes = self.new_bytes(count);
                    let done = self.messages.push(&mut self.raw[slot], bytes.as_ptr(), count, Sizes::USUAL);
                    assert!(done == count || count > 2048, "{done} of {count}");
                    bytes.truncate(done as usize);
                    self.plain[slot].extend(bytes);
                }
                Operation::PushFront { slot, count } => {
                    let bytes = self.new_bytes(count);
                    let done = self.messages.push_front(&mut self.raw[slot], bytes.as_ptr(), count);
                    assert_eq!(done, count);
                    self.plain[slot].splice(0..0, bytes);
                }
                Operation::Prepend { slot, count } => {
                    let bytes = self.new_bytes(count);
                    let place = self.messages.prepend(&mut self.raw[slot], count);
                    assert_eq!(place.is_null(), count == 0 || count > 2048);
                    if !place.is_null() {
                        place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
                        self.plain[slot].splice(0..0, bytes);
                    }
                }
                Operation::Postpone { slot, count } => {
                    let bytes = self.new_bytes(count);
                    let place = self.messages.postpone(&mut self.raw[slot], count);
                    assert_eq!(place.is_null(), count == 0 || count > 2048);
                    if !place.is_null() {
                        place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
                        self.plain[slot].extend(bytes);
                    }
                }
                Operation::Fetch { slot, count } => {
                    let mut bytes = vec![0; count as usize];
                    let raw = &mut self.raw[slot];
                    let done = self.messages.fetch(raw, bytes.as_mut_ptr(), count, 0, ADVANCE) as usize;
                    let len = self.plain[slot].len().min(count as usize);
                    let expected: Vec<u8> = self.plain[slot].drain(..len).collect();
                    assert_eq!(bytes[..done], expected);
                }
                Operation::FetchBack { slot, count } => {
                    let len = self.plain[slot].len();
                    let from = len - (count as usize).min(len);
                    let mut bytes = vec![0; len - from];
                    let raw = &mut self.raw[slot];
                    let done = self.messages.fetch(
                        raw,
                        bytes.as_mut_ptr(),
                        (len - from) as i32,
                        from as i32,
                        TRUNCATE,
                    );
                    assert_eq!((done as usize, bytes), (len - from, self.plain[slot].split_off(from)));
                }
                Operation::Process { slot, offset, count, flags } => {
                    let mut bytes = Vec::new();
                    let raw = &mut self.raw[slot];
                    let done = self.messages.process(raw, count, offset, flags, &mut |data, len| {
                        assert!(len > 0);
                        bytes.extend_from_slice(core::slice::from_raw_parts(data, len as usize));
                        0
                    }) as usize;
                    let plain = &mut self.plain[slot];
                    let from = (offset as usize).min(plain.len());
                    let to = (from + count as usize).min(plain.len());
                    assert_eq!((done, &bytes[..]), (to - from, &plain[from..to]));
                    if done > 0 && flags & TRUNCATE != 0 {
                        plain.truncate(from);
                    }
                    if done > 0 && flags & ADVANCE != 0 {
                        plain.drain(..to.min(plain.len()));
                    }
                }
                Operation::Clone { from, to } => {
                    self.messages.free(&mut self.raw[to]);
                    let (from_raw, to_raw) = self.two(from, to);
                    let (from_raw, to_raw): (*const RawMessage, *mut RawMessage) = (from_raw, to_raw);
                    self.messages.clone_to(to_raw, &*from_raw);
                    self.plain[to] = self.plain[from].clone();
                }
                Operation::Split { slot, tail, count } => {
                    self.messages.free(&mut self.raw[tail]);
                    let (raw, rest) = self.two(slot, tail);
                    let (raw, rest): (*mut RawMessage, *mut RawMessage) = (raw, rest);
                    let enough = self.messages.split(&mut *raw, rest, count);
                    let len = self.plain[slot].len();
                    assert_eq!(enough, count as usize <= len);
                    self.plain[tail] = self.plain[slot].split_off((count as usize).min(len));
                }
                Operation::Unite { slot, tail } => {
                    let (raw, rest) = self.two(slot, tail);
                    let (raw, rest): (*mut RawMessage, *mut RawMessage) = (raw, rest);
                    self.messages.unite(&mut *raw, &mut *rest).unwrap();
                    assert_eq!(self.raw[tail].magic, 0);
                    self.raw[tail] = RawMessage::empty(OWNING);
                    self.messages.count_messages(1);
                    let bytes = core::mem::take(&mut self.plain[tail]);
                    self.plain[slot].extend(bytes);
                }
                Operation::Encrypt { from, to, count, block } => {
                    let (raw, rest) = self.two(from, to);
                    let (raw, rest): (*mut RawMessage, *mut RawMessage) = (raw, rest);
                    let shadow = Cell::new(self.stream.get());
                    let done =
                        self.messages.encrypt(&mut *raw, &mut *rest, count, block, Counter(&self.stream))
                            as usize;
                    let expected = count.min(self.plain[from].len() as i32) & -block;
                    assert_eq!(done, expected as usize);
                    let bytes: Vec<u8> = self.plain[from].drain(..done).collect();
                    self.plain[to].extend(bytes.iter().map(|byte| byte ^ Counter(&shadow).next()));
                    assert_eq!(shadow, self.stream);
                }
                Operation::Fork { slot } => {
                    self.messages.fork(&mut self.raw[slot]).unwrap();
                    assert_eq!(self.messages.fork(&mut self.raw[slot]).unwrap(), 0, "once is enough");
                }
                Operation::FirstPiece { slot } => {
                    let piece = self.messages.first_piece(&mut self.raw[slot]);
                    let plain = &self.plain[slot];
                    assert_eq!(piece.is_none(), plain.is_empty());
                    if let Some(piece) = piece {
                        let bytes = core::slice::from_raw_parts(piece.data(), piece.len() as usize);
                        assert_eq!(bytes, &plain[..bytes.len()]);
                    }
                }
                Operation::OwnFirst { slot } => self.messages.own_first(&mut self.raw[slot]).unwrap(),
            }
        }
    }

    fn end(mut self) {
        for raw in &mut self.raw {
            // SAFETY: a live message.
            unsafe { self.messages.free(raw) };
        }
        assert_eq!(self.stats(), (0, 0), "messages and parts");
        assert_eq!(self.messages.host.alive.get(), 0, "buffers");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn messages_hold_what_plain_copies_hold(list in prop::collection::vec(operations(), 1..60)) {
        let pool = Pool::new(i32::MAX);
        let mut world = World::new(&pool);
        for operation in &list {
            world.run(operation);
            world.check();
        }
        world.end();
    }

    /// A pool that is full at times: only long additions at the end come out short.
    #[test]
    fn full_pool_refuses_only_what_needs_many_buffers(
        list in prop::collection::vec((operations(), 0..12_i32), 1..60)
    ) {
        let pool = Pool::new(0);
        let mut world = World::new(&pool);
        for (operation, most) in &list {
            pool.most.set(*most);
            world.run(operation);
            world.check();
        }
        world.end();
    }
}

fn sizes_of_pieces(world: &World<'_>, slot: usize) -> Vec<(i32, i32)> {
    let mut sizes = Vec::new();
    // SAFETY: a live message.
    unsafe { world.messages.check(&world.raw[slot], &mut |len| sizes.push((len, 0))) };
    if let Some(first) = sizes.first_mut() {
        first.1 = world.raw[slot].first_offset;
    }
    sizes
}

#[test]
fn new_messages_have_the_original_pieces() {
    let shapes: &[(i32, &[(i32, i32)])] = &[
        (383, &[(383, 128)]),
        (384, &[(384, 128)]),
        (1921, &[(1921, 127)]),
        (2048, &[(2048, 0)]),
        (2049, &[(1920, 128), (129, 0)]),
        (5000, &[(1920, 128), (2048, 0), (1032, 0)]),
    ];
    for (count, shape) in shapes {
        let pool = Pool::new(i32::MAX);
        let mut world = World::new(&pool);
        world.run(&Operation::Push { slot: 0, count: *count });
        assert_eq!(sizes_of_pieces(&world, 0), *shape);
        world.end();
    }
}

/// 100 messages of a byte, as a peer may send it, in one buffer.
#[test]
fn small_pieces_share_a_buffer() {
    let pool = Pool::new(i32::MAX);
    let mut world = World::new(&pool);
    for _ in 0..100 {
        world.run(&Operation::Push { slot: 1, count: 1 });
        world.run(&Operation::Unite { slot: 0, tail: 1 });
        world.check();
    }
    assert_eq!((pool.alive.get(), sizes_of_pieces(&world, 0)), (1, vec![(100, 128)]));
    world.end();
}

#[test]
fn drained_message_keeps_no_buffer() {
    let pool = Pool::new(i32::MAX);
    let mut world = World::new(&pool);
    world.run(&Operation::Push { slot: 0, count: 100 });
    world.run(&Operation::Fetch { slot: 0, count: 60 });
    assert_eq!(pool.alive.get(), 1);
    world.run(&Operation::Fetch { slot: 0, count: 40 });
    assert_eq!(pool.alive.get(), 0);
    world.end();
}

#[test]
fn unshared_bytes_are_encrypted_where_they_are() {
    let pool = Pool::new(i32::MAX);
    let mut world = World::new(&pool);
    world.run(&Operation::Push { slot: 0, count: 5000 });
    world.run(&Operation::Fetch { slot: 0, count: 5 });
    let buffers = pool.alive.get();
    pool.most.set(buffers);
    world.run(&Operation::Encrypt { from: 0, to: 1, count: 9999, block: 1 });
    world.check();
    assert_eq!(pool.alive.get(), buffers);
    world.end();
}

#[test]
fn steady_state_takes_parts_from_the_thread() {
    let pool = Pool::new(i32::MAX);
    let mut world = World::new(&pool);
    world.run(&Operation::Push { slot: 0, count: 100 });
    let part = world.raw[0].first;
    world.run(&Operation::Fetch { slot: 0, count: 100 });
    world.run(&Operation::Push { slot: 1, count: 100 });
    assert_eq!(world.raw[1].first, part);
    world.end();
}

/// A temporary message owns nothing: reading it to its end frees nothing.
#[test]
fn temporary_message_owns_nothing() {
    let pool = Pool::new(i32::MAX);
    let mut world = World::new(&pool);
    world.run(&Operation::Push { slot: 0, count: 5000 });
    let mut temporary = RawMessage { magic: TEMPORARY, ..world.raw[0] };
    for count in [10, 2000, 100, 5000] {
        // SAFETY: its parts are alive.
        unsafe { world.messages.fetch(&mut temporary, ptr::null_mut(), count, 0, ADVANCE) };
    }
    // SAFETY: as before.
    let freed = unsafe { world.messages.free(&mut temporary) };
    world.messages.count_messages(1);
    assert_eq!((freed, temporary.magic), (0, 0));
    world.check();
    world.end();
}

#[test]
fn what_is_wrong_is_refused() {
    let refused = |operation: &dyn Fn(&mut World<'_>)| {
        let pool = Pool::new(i32::MAX);
        let mut world = World::new(&pool);
        world.run(&Operation::Push { slot: 0, count: 100 });
        panic::catch_unwind(panic::AssertUnwindSafe(|| operation(&mut world))).is_err()
    };
    assert!(refused(&|world| world.run(&Operation::Fetch { slot: 0, count: -1 })));
    assert!(refused(&|world| world.run(&Operation::Encrypt { from: 0, to: 1, count: 9, block: 3 })));
    assert!(refused(&|world| {
        world.raw[0].total_bytes += 1;
        world.run(&Operation::Process { slot: 0, offset: 0, count: 101, flags: 0 });
    }));
    assert!(!refused(&|world| world.run(&Operation::Fetch { slot: 0, count: 1 })), "the control");
}
