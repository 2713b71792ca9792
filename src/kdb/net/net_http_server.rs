// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `net/net-http-server`.

use core::{
    ffi::{c_char, c_int, c_void},
    ptr, slice,
    sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicU8, Ordering::Relaxed},
};

use super::http_connection::{LockedConnection, Message};
use crate::{
    http::{AnswerHead, DATE_LEN, Version, error_page, find_header, flags, format_date, parse_date},
    kdb::{
        common::current_second,
        rwm_push_data, rwm_union,
        statics::exported_object,
        support::{bytes, c_text, die, vkprintf},
        upcalls::{
            connection_write_close, cpu_server_close_connection, job_incref, job_signal,
            net_accept_new_connections, new_conn_generation, server_failed,
        },
    },
    layout::{jobs::AsyncJob, net_msg::RawMessage},
    runtime::http::{self, Connection, default_answer},
};

/// How many HTTP connections there are.
#[unsafe(no_mangle)]
pub static http_connections: AtomicI32 = AtomicI32::new(0);
/// How many requests had a good head.
#[unsafe(no_mangle)]
pub static http_queries: AtomicI64 = AtomicI64::new(0);
/// How many had not.
#[unsafe(no_mangle)]
pub static http_bad_headers: AtomicI64 = AtomicI64::new(0);
/// The bytes of the good requests; a request without a length counts one less.
#[unsafe(no_mangle)]
pub static http_queries_size: AtomicI64 = AtomicI64::new(0);

/// Header lines that the host sets, for answers with its flag; null is as good as none.
#[unsafe(no_mangle)]
pub static extra_http_response_headers: AtomicPtr<c_char> = AtomicPtr::new(c_text!("").as_ptr().cast_mut());

/// The second of [`cur_http_date`]'s text.
#[unsafe(no_mangle)]
pub static now_date_utime: AtomicI32 = AtomicI32::new(0);

exported_object!("now_date_string", 16, 30, [".asciz \"Thu, 01 Jan 1970 00:00:00 GMT\""]);

// The days of months. Nothing uses or changes it.
exported_object!("dd", 32, 48, [".long 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31"]);

unsafe extern "C" {
    /// The text of [`cur_http_date`], with a NUL.
    static now_date_string: [AtomicU8; DATE_LEN + 1];
}

/// The name of the connection type in messages.
#[unsafe(link_section = ".rodata.mtproxy_text")]
static TITLE: [u8; 12] = *b"http_server\0";

// The connection type. A host copies it, and completes it: an empty place gets the default of `check_conn_functions`.
exported_object!(
    "ct_http_server",
    32,
    264,
    [
        ".long 0x11ef55aa, 0x40000", // the magic number; messages of parts
        ".quad {title}",
        ".quad {accept}, {accepted}, 0, 0", // accept, init_accepted, reader, writer
        ".quad {close}, {parse}, {failed}, {failed}", // close, parse_execute, init_outbound, connected
        ".quad 0, 0, {write}, 0, 0, 0, 0", // check_ready, wakeup_aio, write_packet, flush, free, free_buffers, read_write
        ".quad {wakeup}, {alarm}",         // wakeup, alarm
        ".zero 112",                       // what concerns sockets, data and encryption
    ],
    title = TITLE,
    accept = net_accept_new_connections,
    accepted = hts_init_accepted,
    close = hts_close_connection,
    parse = hts_parse_execute,
    failed = server_failed,
    write = hts_write_packet,
    wakeup = hts_std_wakeup,
    alarm = hts_std_alarm,
);

// What is done with requests, if the host does nothing with them.
exported_object!(
    "default_http_server",
    32,
    40,
    [".quad 0, {execute}, {wakeup}, {wakeup}, 0"], // info, execute, ht_wakeup, ht_alarm, ht_close
    execute = hts_default_execute,
    wakeup = hts_do_wakeup,
);

/// `JS_RUN`.
const RUN: c_int = 0;

/// Has the connection's job run.
///
/// # Safety
/// `c` is a live connection.
unsafe fn signal_run(c: *mut AsyncJob) {
    // SAFETY: the reference that is handed over is a new one.
    unsafe { job_signal(1, job_incref(c), RUN) }
}

/// The bytes of a C string, at most `limit`; none of a null pointer.
///
/// # Safety
/// `text` is null or a C string, for as long as the result is used.
unsafe fn text_up_to<'a>(text: *const c_char, limit: usize) -> &'a [u8] {
    if text.is_null() {
        return &[];
    }
    // SAFETY: a C string: readable up to its end.
    unsafe { slice::from_raw_parts(text.cast(), libc::strnlen(text, limit)) }
}

/// Refuses each request: 413 if it announced a length, else 501.
///
/// # Safety
/// `c` is a live HTTP connection, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hts_default_execute(c: *mut AsyncJob, _raw: *mut RawMessage, op: c_int) -> c_int {
    /// Of a request without anything.
    const EMPTY: c_int = 6;
    // SAFETY: the same promise.
    let mut connection = unsafe { LockedConnection::new(c) };
    let mut data = connection.data();
    vkprintf!(1, c_text!("http_server: op=%d, header_size=%d\n"), op, data.header_size);
    if op != EMPTY {
        data.query_flags |= flags::ERROR;
        connection.set_data(&data);
    }
    default_answer(&data)
}

/// Counts a new connection. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn hts_init_accepted(_c: *mut AsyncJob) -> c_int {
    http_connections.fetch_add(1, Relaxed);
    0
}

/// Uncounts a connection, tells the host, and closes it.
///
/// # Safety
/// `c` is a live HTTP connection, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hts_close_connection(c: *mut AsyncJob, who: c_int) -> c_int {
    http_connections.fetch_sub(1, Relaxed);
    // SAFETY: the same promise.
    unsafe {
        if let Some(close) = (*LockedConnection::new(c).functions()).ht_close {
            close(c, who);
        }
        cpu_server_close_connection(c, who)
    }
}

/// Adds a message to what is sent. Returns 0.
///
/// # Safety
/// `c` is a live connection, locked by this thread; `raw` is a message, which is emptied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hts_write_packet(c: *mut AsyncJob, raw: *mut RawMessage) -> c_int {
    // SAFETY: the same promise.
    unsafe { rwm_union(&raw mut (*LockedConnection::new(c).info()).out, raw) };
    0
}

/// Parses what was received, and has the requests answered. Returns how many more bytes are needed, `INT_MAX` if nobody
/// knows; the negative number of bytes to skip; or 0 if the connection is being closed.
///
/// # Safety
/// `c` is a live HTTP connection, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hts_parse_execute(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    http::serve(&mut unsafe { LockedConnection::new(c) })
}

/// Tells the host, and gives the connection a new generation. Returns 0.
///
/// # Safety
/// `c` is a live HTTP connection, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hts_std_wakeup(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        let connection = LockedConnection::new(c);
        if let Some(wakeup) = (*connection.functions()).ht_wakeup {
            wakeup(c);
        }
        (*connection.info()).generation = new_conn_generation();
    }
    0
}

/// As [`hts_std_wakeup`], for a timer.
///
/// # Safety
/// As for [`hts_std_wakeup`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hts_std_alarm(c: *mut AsyncJob) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        let connection = LockedConnection::new(c);
        if let Some(alarm) = (*connection.functions()).ht_alarm {
            alarm(c);
        }
        (*connection.info()).generation = new_conn_generation();
    }
    0
}

/// Ends the process: a host that sets timers or waits has to say what they are for.
#[unsafe(no_mangle)]
pub extern "C" fn hts_do_wakeup(_c: *mut AsyncJob) -> c_int {
    die(c_text!("an HTTP connection was woken, and its host does not say what for"))
}

/// Writes the date of a Unix time: 29 bytes, without a NUL. A negative time counts as 0.
///
/// # Safety
/// `date_buffer` is *writable* for 29 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gen_http_date(date_buffer: *mut c_char, time: c_int) {
    let date = format_date(time);
    // SAFETY: writable, as the caller promises.
    unsafe { date_buffer.cast::<u8>().copy_from_nonoverlapping(date.as_ptr(), date.len()) }
}

/// Reads a date. Returns 0; or, and then `time` is not written, -8 if it begins with no word, the negative number of parts
/// that could be read, -11 for a wrong month, -12 year, -13 hour, -14 minute, -15 second, -16 zone.
///
/// # Safety
/// `date_buffer` is a C string, and `time` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gen_http_time(date_buffer: *mut c_char, time: *mut c_int) -> c_int {
    // SAFETY: a C string.
    match parse_date(unsafe { text_up_to(date_buffer, usize::MAX) }) {
        Ok(seconds) => {
            // SAFETY: writable, as the caller promises.
            unsafe { time.write(seconds) };
            0
        }
        Err(error) => error.code(),
    }
}

/// The date of this thread's `now`, in a text that all threads share.
#[unsafe(no_mangle)]
pub extern "C" fn cur_http_date() -> *mut c_char {
    // SAFETY: defined above.
    let text = unsafe { &now_date_string };
    let now = current_second();
    if now_date_utime.swap(now, Relaxed) != now {
        for (place, byte) in text.iter().zip(format_date(now)) {
            place.store(byte, Relaxed);
        }
    }
    text.as_ptr().cast_mut().cast()
}

/// Copies the value of a header into `buffer`, cut to `b_len` - 1 bytes and with a NUL. Returns its length, or -1 and an empty
/// text if there is none. Without room for the NUL nothing is written, and the result is -1.
///
/// # Safety
/// `qHeaders` and `arg_name` are *readable* for their lengths, and `buffer` is *writable* for `b_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn get_http_header(
    qHeaders: *const c_char,
    qHeadersLen: c_int,
    buffer: *mut c_char,
    b_len: c_int,
    arg_name: *const c_char,
    arg_len: c_int,
) -> c_int {
    // SAFETY: readable, as the caller promises.
    let (headers, name) = unsafe { (bytes(qHeaders.cast(), qHeadersLen), bytes(arg_name.cast(), arg_len)) };
    let Some(room) = usize::try_from(b_len).ok().and_then(|len| len.checked_sub(1)) else { return -1 };
    let value = find_header(headers, name);
    let cut = value.unwrap_or_default();
    let cut = cut.get(..room).unwrap_or(cut);
    // SAFETY: writable for one byte more than `room`.
    unsafe {
        buffer.cast::<u8>().copy_from(cut.as_ptr(), cut.len());
        buffer.add(cut.len()).write(0);
    }
    if value.is_some() { cut.len() as c_int } else { -1 }
}

/// Adds the header of an answer to a message, unless the request was one of HTTP/0.9. An unknown code becomes 500; a date of 0
/// is now; a negative length is not said; a null type is `text/html`, and only 256 bytes of it count, as only 1024 of
/// `add_header`. Returns the length of the header.
///
/// # Safety
/// `c` is a live HTTP connection, locked by this thread; `raw` is a message; `add_header` and `content_type` are null or C
/// strings, and so is [`extra_http_response_headers`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write_basic_http_header_raw(
    c: *mut AsyncJob,
    raw: *mut RawMessage,
    code: c_int,
    date: c_int,
    len: c_int,
    add_header: *const c_char,
    content_type: *const c_char,
) -> c_int {
    // SAFETY: the same promise.
    let mut connection = unsafe { LockedConnection::new(c) };
    let mut data = connection.data();
    if Version::of(data.http_ver) == Version::Bare {
        return 0;
    }
    let extra = if data.query_flags & flags::EXTRA_HEADERS != 0 {
        extra_http_response_headers.load(Relaxed).cast_const()
    } else {
        ptr::null()
    };
    data.query_flags &= !flags::EXTRA_HEADERS;
    connection.set_data(&data);
    // SAFETY: C strings, as the caller promises.
    let (kind, more) =
        unsafe { (text_up_to(content_type, 256), [text_up_to(extra, 1024), text_up_to(add_header, 1024)]) };
    let head = AnswerHead {
        code,
        date: format_date(if date == 0 { current_second() } else { date }),
        keep_alive: data.keeps_alive(),
        len: Some(len).filter(|len| *len >= 0),
        content_type: if content_type.is_null() { b"text/html" } else { kind },
        more,
    };
    // SAFETY: a message, as the caller promises.
    head.write(|text| unsafe { push(raw, text) })
}

/// Adds bytes to a message. Returns how many.
///
/// # Safety
/// `raw` is a message.
unsafe fn push(raw: *mut RawMessage, text: &[u8]) -> c_int {
    // SAFETY: the same promise; the bytes are few, and readable.
    unsafe { rwm_push_data(raw, text.as_ptr().cast::<c_void>(), text.len() as c_int) };
    text.len() as c_int
}

/// Queues an error page. Returns the page's length; 204 has none.
///
/// # Safety
/// `c` is a live HTTP connection, locked by this thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write_http_error(c: *mut AsyncJob, code: c_int) -> c_int {
    let Some(answer) = Message::new() else { return 0 };
    // SAFETY: the same promise.
    unsafe {
        let len = write_http_error_raw(c, answer.as_raw(), code);
        LockedConnection::new(c).queue(answer);
        signal_run(c);
        len
    }
}

/// Adds an error page with its header to a message. Returns the page's length.
///
/// # Safety
/// `c` is a live HTTP connection, locked by this thread; `raw` is a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write_http_error_raw(c: *mut AsyncJob, raw: *mut RawMessage, code: c_int) -> c_int {
    const NO_CONTENT: c_int = 204;
    // SAFETY: the same promise.
    let header = |len| unsafe { write_basic_http_header_raw(c, raw, code, 0, len, ptr::null(), ptr::null()) };
    if code == NO_CONTENT {
        header(-1);
        return 0;
    }
    error_page(code, |page| {
        header(page.len() as c_int);
        // SAFETY: the same promise.
        unsafe { push(raw, page) }
    })
}

/// Queues an answer, if there is one, and closes the connection unless it is kept alive or waits for another answer.
///
/// # Safety
/// `c` is a live HTTP connection, locked by this thread; `raw` is null or a message in libc's memory, which the connection
/// frees.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn http_flush(c: *mut AsyncJob, raw: *mut RawMessage) {
    // SAFETY: the same promise.
    unsafe {
        let mut connection = LockedConnection::new(c);
        if let Some(answer) = Message::from_raw(raw) {
            connection.queue(answer);
        }
        let mut data = connection.data();
        if !connection.is_waiting() && !data.keeps_alive() {
            connection_write_close(c);
            data.parse_state = http::CLOSING;
            connection.set_data(&data);
        }
        signal_run(c);
    }
}
