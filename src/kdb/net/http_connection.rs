// SPDX-License-Identifier: LGPL-2.0-or-later
//! A connection of the host's as the HTTP server uses it.

use core::{
    ffi::{c_char, c_int, c_void},
    mem::ManuallyDrop,
    ptr, slice,
    sync::atomic::Ordering::Relaxed,
};

use super::{
    count_shed,
    net_http_server::{
        hts_default_execute, http_bad_headers, http_queries, http_queries_size, write_basic_http_header_raw,
        write_http_error,
    },
    pool_may_grow,
};
use crate::{
    http::{Metrics, RequestParser, page_of_answer},
    kdb::{
        alloc_mp_queue_w, free_mp_queue, mpq_pop_nw, mpq_push_w, rwm_clone, rwm_fetch_lookup, rwm_free,
        rwm_init, rwm_process, rwm_push_data, rwm_skip_data, rwm_trunc, rwm_union,
        upcalls::{connection_write_close, fail_connection},
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{CONN_WORKING, ConnectionInfo},
        net_http_server::{HtsData, HttpServerFunctions},
        net_msg::RawMessage,
    },
    net::connection::flag,
    runtime::http::{Connection, STATS_REQUEST},
};

/// The type of the metrics' page.
const METRICS_TYPE: &[u8] = b"text/plain; version=0.0.4; charset=utf-8\0";
/// Of [`STATS_REQUEST`].
const VERSION_1_0: c_int = 0x100;
const KIND_GET: c_int = 2;
/// What a function that makes a message may be given, and no other.
const NO_MESSAGE: RawMessage = RawMessage::empty(0);
/// How often a pop tries.
const TRIES: c_int = 4;
/// More than a host's page takes. Where the pool of buffers is full, hosts abort rather than send a part of theirs.
const PAGE_ROOM: c_int = 64 << 10;
/// The error of a connection for whose answer there are no buffers.
const NO_MEMORY: c_int = -12;

/// A connection whose job the calling thread has locked.
pub(super) struct LockedConnection {
    job: *mut AsyncJob,
}

impl LockedConnection {
    /// # Safety
    /// `job` is a connection's, alive and locked by this thread, as long as the result lives; its type is that of an HTTP
    /// server, so that its `extra` points to an `HttpServerFunctions` and its `custom_data` holds an `HtsData`.
    pub(super) unsafe fn new(job: *mut AsyncJob) -> Self {
        Self { job }
    }

    pub(super) fn info(&self) -> *mut ConnectionInfo {
        ConnectionInfo::of(self.job)
    }

    fn data_place(&self) -> *mut HtsData {
        // SAFETY: a field of a live struct.
        unsafe { (&raw mut (*self.info()).custom_data).cast() }
    }

    /// What the host does with requests.
    pub(super) fn functions(&self) -> *mut HttpServerFunctions {
        // SAFETY: a field of a live struct, as `new` asks.
        unsafe { (*self.info()).extra.cast() }
    }

    fn input(&mut self) -> *mut RawMessage {
        // SAFETY: a field of a live struct.
        unsafe { &raw mut (*self.info()).r#in }
    }

    /// The queue of answers.
    pub(super) fn out_queue(&self) -> *mut c_void {
        // SAFETY: a field of a live struct.
        unsafe { (*self.info()).out_queue }
    }

    /// Queues an answer, which the connection frees.
    pub(super) fn queue(&self, answer: Message) {
        // SAFETY: the connection's own queue, and a message in libc's memory.
        unsafe { mpq_push_w(self.out_queue().cast(), answer.into_raw().cast(), 0) };
    }

    /// Whether there are buffers for an answer. If the pool may not grow, they are looked for, and this thread keeps those that
    /// are found, for its next messages.
    fn has_room() -> bool {
        if pool_may_grow() {
            return true;
        }
        let mut probe = NO_MESSAGE;
        // SAFETY: a message of this function's, which the first call makes.
        unsafe {
            let room = rwm_init(&mut probe, PAGE_ROOM);
            rwm_free(&mut probe);
            room == PAGE_ROOM
        }
    }

    /// Has the host's function answer a request.
    fn call_execute(&mut self, request: &mut RawMessage) -> c_int {
        let functions = self.functions();
        // SAFETY: the host's struct, as `new` asks; its function gets what it expects, and does not keep the message.
        unsafe {
            let execute = (*functions).execute.unwrap_or(hts_default_execute);
            execute(self.job, request, self.data().query_type)
        }
    }

    /// Calls the host with [`STATS_REQUEST`] in place of the request, and with a queue of its own for the answer. Returns
    /// the result, and all that was queued.
    fn ask_for_stats(&mut self) -> (c_int, Option<Message>) {
        let data = self.data();
        self.set_data(&HtsData {
            query_type: KIND_GET,
            header_size: STATS_REQUEST.len() as c_int,
            first_line_size: STATS_REQUEST.len() as c_int - 2,
            data_size: -1,
            host_offset: 0,
            host_size: 0,
            uri_offset: 4,
            uri_size: 6,
            http_ver: VERSION_1_0,
            ..data
        });
        let queue = self.out_queue();
        let info = self.info();
        // SAFETY: the connection is locked by this thread: nobody else uses its queue before it is put back.
        let answers = unsafe {
            let answers = alloc_mp_queue_w();
            (*info).out_queue = answers.cast();
            answers
        };
        let mut request = NO_MESSAGE;
        // SAFETY: a message of this function's, and readable bytes.
        unsafe {
            rwm_init(&mut request, 0);
            rwm_push_data(&mut request, STATS_REQUEST.as_ptr().cast(), STATS_REQUEST.len() as c_int);
        }
        let result = self.call_execute(&mut request);
        // SAFETY: the message that was made above.
        unsafe { rwm_free(&mut request) };
        // SAFETY: the connection is still locked; what is popped are messages in libc's memory, and an empty queue is freed.
        let answer = unsafe {
            (*info).out_queue = queue;
            let answer = Message::from_raw(mpq_pop_nw(answers, TRIES).cast());
            while let Some(more) = Message::from_raw(mpq_pop_nw(answers, TRIES).cast()) {
                answer.as_ref().inspect(|answer| answer.append(more));
            }
            free_mp_queue(answers);
            answer
        };
        let query_flags = self.data().query_flags;
        self.set_data(&HtsData { query_flags, ..data });
        (result, answer)
    }
}

impl Connection for LockedConnection {
    fn is_ready(&self) -> bool {
        // SAFETY: fields of a live struct.
        let (status, flags) =
            unsafe { ((*self.info()).status.load(Relaxed), (*self.info()).flags.load(Relaxed)) };
        status == CONN_WORKING && !self.is_waiting() && flags & (flag::ERROR | flag::STOP_PARSE) == 0
    }

    fn is_waiting(&self) -> bool {
        // SAFETY: a field of a live struct.
        unsafe { (*self.info()).pending_queries != 0 }
    }

    fn received(&self) -> usize {
        // SAFETY: a field of a live struct.
        usize::try_from(unsafe { (*self.info()).r#in.total_bytes }).unwrap_or(0)
    }

    fn feed(&mut self, parser: &mut RequestParser) {
        unsafe extern "C" fn feed(parser: *mut c_void, data: *const c_void, len: c_int) -> c_int {
            // SAFETY: what `rwm_process` was given, and a block of the message.
            let (parser, block) = unsafe {
                let block = slice::from_raw_parts(data.cast::<u8>(), usize::try_from(len).unwrap_or(0));
                (&mut *parser.cast::<RequestParser>(), block)
            };
            if parser.feed(block) < block.len() || parser.is_done() { -1 } else { 0 }
        }
        // SAFETY: the connection's message, which is only read; the function and what it takes fit.
        unsafe { rwm_process(self.input(), c_int::MAX, feed, ptr::from_mut(parser).cast()) };
    }

    fn skip(&mut self, count: usize) {
        let count = count.min(self.received());
        // SAFETY: the connection's message has so many bytes.
        unsafe { rwm_skip_data(self.input(), count as c_int) };
    }

    fn data(&self) -> HtsData {
        // SAFETY: readable, as `new` asks; unaligned.
        unsafe { self.data_place().read_unaligned() }
    }

    fn set_data(&mut self, data: &HtsData) {
        // SAFETY: writable, as `new` asks; unaligned.
        unsafe { self.data_place().write_unaligned(*data) }
    }

    fn flags(&self) -> i32 {
        // SAFETY: a field, readable as `new` asks; unaligned.
        unsafe { (&raw const (*self.data_place()).query_flags).read_unaligned() }
    }

    fn set_flags(&mut self, flags: i32) {
        // SAFETY: a field, writable as `new` asks; unaligned.
        unsafe { (&raw mut (*self.data_place()).query_flags).write_unaligned(flags) }
    }

    fn body_size(&self) -> i32 {
        // SAFETY: a field, readable as `new` asks; unaligned.
        unsafe { (&raw const (*self.data_place()).data_size).read_unaligned() }
    }

    fn set_state(&mut self, state: i32) {
        // SAFETY: a field, writable as `new` asks; unaligned.
        unsafe { (&raw mut (*self.data_place()).parse_state).write_unaligned(state) }
    }

    fn complete_host(&mut self) {
        let functions = self.functions();
        // SAFETY: the host's struct, as `new` asks.
        unsafe {
            if (*functions).execute.is_none() {
                (*functions).execute = Some(hts_default_execute);
            }
        }
    }

    fn execute(&mut self, bytes: u64) -> i32 {
        if !Self::has_room() {
            count_shed();
            // Closed at once: what it has not read of earlier answers may be what the pool lacks.
            // SAFETY: this connection.
            unsafe { fail_connection(self.job, NO_MEMORY) };
            return 0;
        }
        let mut request = NO_MESSAGE;
        // SAFETY: the connection's message, and one of this function's, which the first call makes.
        unsafe {
            rwm_clone(&mut request, self.input());
            if bytes < self.received() as u64 {
                rwm_trunc(&mut request, bytes as c_int);
            }
        }
        let result = self.call_execute(&mut request);
        // SAFETY: the same message.
        unsafe { rwm_free(&mut request) };
        result
    }

    #[cold]
    #[inline(never)]
    fn execute_metrics(&mut self) -> i32 {
        let (result, answer) = self.ask_for_stats();
        let Some(answer) = answer else { return result };
        let metrics = if result == 0 { answer.with_bytes(metrics_of).flatten() } else { None };
        let Some(metrics) = metrics else {
            self.queue(answer);
            return result;
        };
        let Some(head) = Message::new() else { return -503 };
        // SAFETY: this connection, its message, and a C string.
        unsafe {
            let len = (*metrics.raw).total_bytes;
            let kind: *const c_char = METRICS_TYPE.as_ptr().cast();
            write_basic_http_header_raw(self.job, head.raw, 200, 0, len, ptr::null(), kind);
        }
        head.append(metrics);
        self.queue(head);
        result
    }

    fn count_query(&mut self, bytes: i64) {
        http_queries.fetch_add(1, Relaxed);
        http_queries_size.fetch_add(bytes, Relaxed);
    }

    fn count_refused(&mut self) {
        http_bad_headers.fetch_add(1, Relaxed);
    }

    fn send_error(&mut self, code: i32) {
        // SAFETY: this connection.
        unsafe { write_http_error(self.job, code) };
    }

    fn close(&mut self) {
        // SAFETY: this connection.
        unsafe { connection_write_close(self.job) }
    }
}

/// The metrics of an answer that holds a page.
#[inline(never)]
fn metrics_of(answer: &[u8]) -> Option<Message> {
    let page = page_of_answer(answer)?;
    let metrics = Message::new()?;
    let mut piece = Piece { message: &metrics, bytes: [0; 512], len: 0 };
    Metrics::of(page).write(&mut |text| piece.add(text));
    piece.flush();
    Some(metrics)
}

/// Collects short texts, because each push to a message costs.
struct Piece<'a> {
    message: &'a Message,
    bytes: [u8; 512],
    len: usize,
}

impl Piece<'_> {
    #[inline(never)]
    fn add(&mut self, text: &[u8]) {
        if self.len + text.len() > self.bytes.len() {
            self.flush();
        }
        match self.bytes.get_mut(self.len..).and_then(|free| free.get_mut(..text.len())) {
            Some(place) => {
                place.copy_from_slice(text);
                self.len += text.len();
            }
            None => self.message.push(text),
        }
    }

    fn flush(&mut self) {
        self.message.push(self.bytes.get(..self.len).unwrap_or_default());
        self.len = 0;
    }
}

/// A message in libc's memory, freed with all it holds.
pub(super) struct Message {
    raw: *mut RawMessage,
}

impl Message {
    /// An empty one; `None` without memory.
    pub(super) fn new() -> Option<Self> {
        // SAFETY: an allocation, initialised by the function for it.
        unsafe {
            let raw: *mut RawMessage = libc::calloc(1, size_of::<RawMessage>()).cast();
            (!raw.is_null()).then(|| {
                rwm_init(raw, 0);
                Self { raw }
            })
        }
    }

    /// # Safety
    /// `raw` is null, or a message in libc's memory that nobody else has.
    pub(super) unsafe fn from_raw(raw: *mut RawMessage) -> Option<Self> {
        if raw.is_null() { None } else { Some(Self { raw }) }
    }

    /// Gives it away.
    fn into_raw(self) -> *mut RawMessage {
        ManuallyDrop::new(self).raw
    }

    pub(super) fn as_raw(&self) -> *mut RawMessage {
        self.raw
    }

    fn push(&self, text: &[u8]) {
        // SAFETY: an own message, and readable bytes; no text is as long as 2 GiB.
        unsafe { rwm_push_data(self.raw, text.as_ptr().cast(), text.len() as c_int) };
    }

    /// Adds another one's bytes.
    fn append(&self, other: Self) {
        // SAFETY: two own messages; the function empties the second, whose struct is freed here.
        unsafe {
            rwm_union(self.raw, other.raw);
            libc::free(other.into_raw().cast());
        }
    }

    /// Gives all bytes to `use_bytes`; `None` without memory.
    fn with_bytes<R>(&self, use_bytes: impl FnOnce(&[u8]) -> R) -> Option<R> {
        // SAFETY: an own message.
        let len = unsafe { (*self.raw).total_bytes }.max(0);
        // SAFETY: an allocation of so many bytes, filled before it is read, and freed after that.
        unsafe {
            let place: *mut u8 = libc::calloc(len as usize + 1, 1).cast();
            if place.is_null() {
                return None;
            }
            rwm_fetch_lookup(self.raw, place.cast(), len);
            let result = use_bytes(slice::from_raw_parts(place, len as usize));
            libc::free(place.cast());
            Some(result)
        }
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: an own message in libc's memory.
        unsafe {
            rwm_free(self.raw);
            libc::free(self.raw.cast());
        }
    }
}
