// SPDX-License-Identifier: LGPL-2.0-or-later
//! A whole connection against a plain model: strangers' bytes in any pieces, plain, encrypted or in records of TLS, a parser
//! that takes and asks for anything, and what is sent, which the other side must be able to read.
//!
//! The connection has no socket. The cipher is one of this program's own, in libcrypto's place: it shows wrong bytes, wrong places
//! and a wrong order.
#![no_main]

use core::{
    cell::RefCell,
    ffi::{c_int, c_void},
    ptr, slice,
    sync::atomic::Ordering::Relaxed,
};

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::kdb;

/// Offsets of fields, as src/layout/layouts.tsv has them.
mod at {
    pub const FLAGS: usize = 40;
    pub const TYPE: usize = 48;
    pub const IO_CONN: usize = 72;
    pub const SOCKET_QUEUE: usize = 72;
    pub const STATUS: usize = 84;
    pub const SKIP: usize = 96;
    pub const CRYPTO: usize = 488;
    pub const LEFT: usize = 516;
    pub const IN_U: usize = 520;
    pub const IN: usize = 552;
    pub const OUT: usize = 584;
    pub const OUT_P: usize = 616;
    pub const IN_QUEUE: usize = 648;
    pub const OUT_QUEUE: usize = 656;
    pub const TOTAL: usize = 16;
    // Of a connection's type.
    pub const PARSE: usize = 56;
    pub const WRITE_PACKET: usize = 96;
    pub const FLUSH: usize = 104;
    pub const RECEIVED: usize = 200;
    pub const ENCRYPT: usize = 240;
    pub const DECRYPT: usize = 248;
}

const ERROR: i32 = 8;
const IS_TLS: i32 = 0x800_0000;
const WORKING: i32 = 2;
const FAILED: i32 = 3;
/// A job that runs, so that signals stay pending.
const LOCKED: u32 = 0x1_0000;
const NEED_MORE: i32 = i32::MAX;
const BLOCK: usize = 16;

/// A job with the payload of a connection or a socket.
#[repr(C, align(64))]
struct Job([u64; 8], [u64; 83]);

impl Job {
    fn new() -> Box<Self> {
        let mut job = Box::new(Self([0; 8], [0; 83]));
        // Its flags, and its references.
        job.0[0] = LOCKED.into();
        job.0[1] = 1000 << 32;
        job
    }

    fn job(&mut self) -> *mut kdb::AsyncJob {
        ptr::from_mut(self).cast()
    }

    fn field<T>(&mut self, offset: usize) -> *mut T {
        ptr::from_mut(&mut self.1).wrapping_byte_add(offset).cast()
    }

    fn get<T: Copy>(&mut self, offset: usize) -> T {
        // SAFETY: a field within the payload.
        unsafe { self.field::<T>(offset).read() }
    }

    fn set<T>(&mut self, offset: usize, value: T) {
        // SAFETY: a field within the payload.
        unsafe { self.field::<T>(offset).write(value) };
    }

    fn message(&mut self, offset: usize) -> *mut kdb::RawMessage {
        self.field(offset)
    }

    fn total(&mut self, offset: usize) -> usize {
        self.get::<i32>(offset + at::TOTAL) as usize
    }

    fn bytes(&mut self, offset: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.total(offset)];
        if !bytes.is_empty() {
            // SAFETY: a live message, and room for all of it.
            let got = unsafe {
                kdb::rwm_fetch_lookup(self.message(offset), bytes.as_mut_ptr().cast(), bytes.len() as c_int)
            };
            assert_eq!(got, bytes.len() as c_int);
        }
        bytes
    }
}

// ---- the cipher ----

/// A byte of the stream that is added to a direction's bytes.
fn stream(place: usize) -> u8 {
    (place.wrapping_mul(167) ^ (place >> 8).wrapping_mul(59)) as u8
}

fn ciphered(bytes: &[u8], place: &mut usize) -> Vec<u8> {
    let from = *place;
    *place += bytes.len();
    bytes.iter().zip(from..).map(|(byte, place)| byte ^ stream(place)).collect()
}

/// In libcrypto's place; a context is how many bytes went through it.
#[unsafe(no_mangle)]
unsafe extern "C" fn EVP_CipherUpdate(
    context: *mut usize,
    out: *mut u8,
    out_len: *mut c_int,
    input: *const u8,
    len: c_int,
) -> c_int {
    // SAFETY: as many bytes, which may be the same; a context of this program's.
    unsafe {
        for index in 0..len as usize {
            out.add(index).write(input.add(index).read() ^ stream(*context));
            *context += 1;
        }
        out_len.write(len);
    }
    1
}

/// In place of net/net-connections, as long as that is not in this program.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_fail_connection(job: *mut kdb::AsyncJob, _error: c_int) {
    // SAFETY: a connection's job of this program's.
    let connection = unsafe { &mut *job.cast::<Job>() };
    let flags: i32 = connection.get(at::FLAGS);
    connection.set(at::FLAGS, flags | ERROR);
    connection.set(at::STATUS, FAILED);
}

// ---- the model ----

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Blocks,
    Stream,
    Records,
}

/// What the connection must have.
struct Model {
    kind: Kind,
    wire: Vec<u8>,
    plain: Vec<u8>,
    left: usize,
    skip: i64,
    deciphered: usize,
    failed: bool,
    /// What the parser takes and answers, in turns.
    plan: Vec<(usize, i32)>,
    turn: usize,
    /// How often it was called, and how many bytes there were before that; in the last read.
    calls: usize,
    received: Option<usize>,
}

thread_local! {
    static MODEL: RefCell<Option<Model>> = const { RefCell::new(None) };
}

fn with_model<R>(act: impl FnOnce(&mut Model) -> R) -> R {
    MODEL.with_borrow_mut(|model| act(model.as_mut().expect("a model")))
}

impl Model {
    fn decipher(&mut self, count: usize) {
        let wire: Vec<u8> = self.wire.drain(..count).collect();
        let plain = ciphered(&wire, &mut self.deciphered);
        self.plain.extend(plain);
    }

    fn decrypt(&mut self) {
        match self.kind {
            Kind::Plain => self.plain.append(&mut self.wire),
            Kind::Blocks => self.decipher(self.wire.len() / BLOCK * BLOCK),
            Kind::Stream => self.decipher(self.wire.len()),
            Kind::Records => {
                while !self.wire.is_empty() {
                    if self.left == 0 {
                        let Some((header, _)) = self.wire.split_first_chunk::<5>() else { return };
                        let [0x17, 3, 3, high, low] = *header else {
                            self.failed = true;
                            return;
                        };
                        self.left = usize::from(high) * 256 + usize::from(low);
                        self.wire.drain(..5);
                    }
                    let count = self.left.min(self.wire.len());
                    self.decipher(count);
                    self.left -= count;
                }
            }
        }
    }

    /// Whether the parser may be called at all.
    fn begin(&mut self) -> bool {
        self.decrypt();
        let available = self.plain.len();
        if self.failed {
            return false;
        }
        if self.skip < 0 {
            let skipped = available.min(self.skip.unsigned_abs() as usize);
            self.plain.drain(..skipped);
            self.skip += skipped as i64;
        } else if self.skip <= available as i64 {
            self.skip = 0;
        }
        self.skip == 0
    }

    /// The parser: takes bytes, and answers.
    fn parse(&mut self, seen: &[u8]) -> (usize, i32) {
        assert!(self.skip == 0 && !self.failed && !seen.is_empty());
        assert_eq!(seen, self.plain);
        let (takes, answer) = self.plan[self.turn % self.plan.len()];
        self.turn += 1;
        self.calls += 1;
        let takes = takes.min(self.plain.len());
        self.plain.drain(..takes);
        let answer = if answer == 0 && takes == 0 { NEED_MORE } else { answer };
        if answer != 0 && answer != NEED_MORE {
            let present = if self.kind == Kind::Plain { 0 } else { self.plain.len() as i64 };
            let wait = i64::from(answer) + present * i64::from(answer.signum());
            self.skip = wait.clamp(i32::MIN.into(), i32::MAX.into());
        }
        (takes, answer)
    }
}

// ---- the connection's type ----

unsafe extern "C" fn parse(job: *mut kdb::AsyncJob) -> c_int {
    // SAFETY: the connection's job, whose input is a live message.
    unsafe {
        let connection = &mut *job.cast::<Job>();
        let seen = connection.bytes(at::IN);
        let (takes, answer) = with_model(|model| model.parse(&seen));
        kdb::rwm_skip_data(connection.message(at::IN), takes as c_int);
        answer
    }
}

unsafe extern "C" fn received(_job: *mut kdb::AsyncJob, bytes: c_int) -> c_int {
    with_model(|model| model.received = Some(bytes as usize));
    0
}

unsafe extern "C" fn write_packet(job: *mut kdb::AsyncJob, packet: *mut kdb::RawMessage) -> c_int {
    // SAFETY: the connection's output, and a message that it takes over.
    unsafe { kdb::rwm_union((*job.cast::<Job>()).message(at::OUT), packet) }
}

unsafe extern "C" fn flush(_job: *mut kdb::AsyncJob) -> c_int {
    0
}

type Act = unsafe extern "C" fn(*mut kdb::AsyncJob) -> c_int;

fn type_of(kind: Kind) -> Box<[usize; 33]> {
    let mut functions = Box::new([0; 33]);
    let (encrypt, decrypt): (Act, Act) = if kind == Kind::Blocks {
        (kdb::cpu_tcp_aes_crypto_encrypt_output, kdb::cpu_tcp_aes_crypto_decrypt_input)
    } else {
        (kdb::cpu_tcp_aes_crypto_ctr128_encrypt_output, kdb::cpu_tcp_aes_crypto_ctr128_decrypt_input)
    };
    for (offset, function) in [
        (at::PARSE, parse as *const () as usize),
        (at::RECEIVED, received as *const () as usize),
        (at::WRITE_PACKET, write_packet as *const () as usize),
        (at::FLUSH, flush as *const () as usize),
        (at::ENCRYPT, encrypt as usize),
        (at::DECRYPT, decrypt as usize),
    ] {
        functions[offset / 8] = function;
    }
    functions
}

// ---- both ----

/// The fuzzer's bytes, of which there are zeros in the end.
struct Data<'a>(&'a [u8]);

impl<'a> Data<'a> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn some(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte()) << (self.byte() % 5);
        let (some, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        some
    }
}

/// A message in libc's memory.
fn message(bytes: &[u8]) -> *mut c_void {
    // SAFETY: an allocation, made a message.
    unsafe {
        let raw: *mut kdb::RawMessage = libc::malloc(32).cast();
        let len = bytes.len() as c_int;
        assert_eq!(kdb::rwm_create(raw, bytes.as_ptr().cast(), len), len);
        raw.cast()
    }
}

struct Connection {
    job: Box<Job>,
    socket: Box<Job>,
    _functions: Box<[usize; 33]>,
    /// Read and write.
    _places: Box<[usize; 2]>,
    _ciphers: Box<[*mut usize; 2]>,
    /// What was sent and is not on the wire yet, and how far the peer is.
    unsent: Vec<u8>,
    peer: usize,
}

impl Connection {
    fn new(kind: Kind) -> Self {
        let (mut job, mut socket, mut functions) = (Job::new(), Job::new(), type_of(kind));
        let mut places = Box::new([0, 0]);
        let [reads, writes] = &mut *places;
        let mut ciphers: Box<[*mut usize; 2]> = Box::new([reads, writes]);
        job.set(at::TYPE, functions.as_mut_ptr());
        job.set(at::STATUS, WORKING);
        job.set(at::FLAGS, if kind == Kind::Records { IS_TLS } else { 0 });
        job.set(at::IO_CONN, socket.job());
        if kind != Kind::Plain {
            job.set(at::CRYPTO, ciphers.as_mut_ptr());
        }
        for offset in [at::IN, at::IN_U, at::OUT, at::OUT_P] {
            // SAFETY: room for a message.
            unsafe { kdb::rwm_init(job.message(offset), 0) };
        }
        for offset in [at::IN_QUEUE, at::OUT_QUEUE] {
            job.set(offset, kdb::alloc_mp_queue_w());
        }
        socket.set(at::SOCKET_QUEUE, kdb::alloc_mp_queue_w());
        Self {
            job,
            socket,
            _functions: functions,
            _places: places,
            _ciphers: ciphers,
            unsent: Vec::new(),
            peer: 0,
        }
    }

    fn arrives(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            with_model(|model| model.wire.extend_from_slice(bytes));
            // SAFETY: the connection's queue, and a message.
            unsafe { kdb::mpq_push_w(self.job.get(at::IN_QUEUE), message(bytes), 0) };
        }
    }

    fn read(&mut self) {
        let parses = with_model(|model| {
            (model.received, model.calls) = (None, 0);
            model.begin() && !model.plain.is_empty()
        });
        // SAFETY: this program's connection.
        let result = unsafe { kdb::cpu_tcp_server_reader(self.job.job()) };
        let (flags, in_bytes): (i32, _) = (self.job.get(at::FLAGS), self.job.bytes(at::IN));
        let (skip, left): (i32, i32) = (self.job.get(at::SKIP), self.job.get(at::LEFT));
        let rest = self.job.bytes(at::IN_U);
        with_model(|model| {
            assert_eq!(flags & ERROR != 0, model.failed);
            assert_eq!(result, if model.failed { -1 } else { 0 });
            assert!(model.received.is_some());
            assert_eq!(model.calls > 0, parses);
            assert_eq!(in_bytes, model.plain);
            assert_eq!((i64::from(skip), left as usize), (model.skip, model.left));
            assert_eq!(rest, model.wire);
        });
    }

    fn write(&mut self, packets: &[&[u8]], kind: Kind) {
        for packet in packets {
            self.unsent.extend_from_slice(packet);
            // SAFETY: the connection's queue, and a message.
            unsafe { kdb::mpq_push_w(self.job.get(at::OUT_QUEUE), message(packet), 0) };
        }
        // SAFETY: this program's connection.
        assert_eq!(unsafe { kdb::cpu_tcp_server_writer(self.job.job()) }, 0);
        // SAFETY: the socket's queue, of messages in libc's memory.
        let wire = unsafe {
            let raw: *mut kdb::RawMessage = kdb::mpq_pop_nw(self.socket.get(at::SOCKET_QUEUE), 4).cast();
            if raw.is_null() {
                Vec::new()
            } else {
                let total = raw.cast::<i32>().add(at::TOTAL / 4).read();
                let mut wire = vec![0; total as usize];
                assert_eq!(kdb::rwm_fetch_data(raw, wire.as_mut_ptr().cast(), total), total);
                kdb::rwm_free(raw);
                libc::free(raw.cast());
                wire
            }
        };
        let mut plain = Vec::new();
        let mut wire = &wire[..];
        while !wire.is_empty() {
            let mut count = wire.len();
            if kind == Kind::Records {
                let &[0x17, 3, 3, high, low, ..] = wire else { panic!("no record: {wire:x?}") };
                count = usize::from(high) * 256 + usize::from(low);
                assert!((1..=1425).contains(&count));
                wire = &wire[5..];
            }
            let (record, rest) = wire.split_at(count);
            wire = rest;
            plain.extend(if kind == Kind::Plain {
                record.to_vec()
            } else {
                ciphered(record, &mut self.peer)
            });
        }
        let sent = if kind == Kind::Blocks { self.unsent.len() / BLOCK * BLOCK } else { self.unsent.len() };
        assert_eq!(plain, self.unsent.drain(..sent).collect::<Vec<_>>());
        assert_eq!(self.job.bytes(at::OUT), self.unsent);
    }

    fn close(mut self) {
        // SAFETY: this program's connection; what is left in a queue are messages in libc's memory.
        unsafe {
            kdb::cpu_tcp_free_connection_buffers(self.job.job());
            for queue in
                [self.job.get(at::IN_QUEUE), self.job.get(at::OUT_QUEUE), self.socket.get(at::SOCKET_QUEUE)]
            {
                loop {
                    let raw: *mut kdb::RawMessage = kdb::mpq_pop_nw(queue, 4).cast();
                    if raw.is_null() {
                        break;
                    }
                    kdb::rwm_free(raw);
                    libc::free(raw.cast());
                }
                kdb::free_mp_queue(queue);
            }
        }
    }
}

/// How many buffers are in use.
fn used() -> i32 {
    let mut stat = [0_i32; 12];
    // SAFETY: room for the struct, whose first three fields have 64 bits.
    unsafe { kdb::fetch_buffers_stat(stat.as_mut_ptr().cast()) };
    stat[6]
}

fuzz_target!(|data: &[u8]| {
    let mut data = Data(data);
    kdb::max_job_thread_id.store(1, Relaxed);
    assert_eq!(kdb::init_msg_buffers(1 << 24), 1);
    let kind = [Kind::Plain, Kind::Blocks, Kind::Stream, Kind::Records][usize::from(data.byte() % 4)];
    let plan = (0..=data.byte() % 5)
        .map(|_| {
            let (takes, answer) = (usize::from(data.byte()), i32::from(data.byte() as i8));
            let rare = [i32::MIN, NEED_MORE, NEED_MORE - 1, 1 - NEED_MORE];
            (takes, if answer < -124 { rare[(answer + 128) as usize] } else { answer / 2 })
        })
        .collect();
    let model = Model {
        kind,
        wire: Vec::new(),
        plain: Vec::new(),
        left: 0,
        skip: 0,
        deciphered: 0,
        failed: false,
        plan,
        turn: 0,
        calls: 0,
        received: None,
    };
    MODEL.set(Some(model));
    let mut connection = Connection::new(kind);
    while !data.0.is_empty() && !with_model(|model| model.failed) {
        match data.byte() % 8 {
            0 | 1 => connection.arrives(data.some()),
            2 => {
                // A record of its own, whole, of which the rest may come later.
                let record = data.some();
                let len = (record.len() as u16).to_be_bytes();
                connection.arrives(&[&[0x17, 3, 3, len[0], len[1]], record].concat());
            }
            3 => {
                for byte in data.some() {
                    connection.arrives(slice::from_ref(byte));
                    connection.read();
                    if with_model(|model| model.failed) {
                        break;
                    }
                }
            }
            4 | 5 => connection.read(),
            6 => connection.write(&[data.some()], kind),
            _ => connection.write(&[data.some(), data.some(), data.some()], kind),
        }
    }
    connection.close();
    assert_eq!(used(), 0, "buffers are left");
});
