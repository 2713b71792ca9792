// SPDX-License-Identifier: LGPL-2.0-or-later
//! Writing answers: the statistics, and the place that an answer goes to.

use core::{
    cell::UnsafeCell,
    ffi::{CStr, c_char, c_int, c_longlong, c_uint, c_void},
    ptr,
};

use super::{job::TAG, store_function};
use crate::{
    kdb::{
        common::tell_of,
        rwm_free,
        support::{c_text, die, vkprintf},
        tl_state::store_word,
        upcalls::{
            prepare_stats, rpc_target_choose_connection, rpc_target_lookup, tl_out_state_alloc,
            tl_out_state_free, tls_end_ext, tls_init_raw_msg, tls_init_tcp_raw_msg, tls_set_error_format,
        },
    },
    layout::{
        net_connections::ConnectionInfo,
        net_msg::RawMessage,
        tl_parse::{RAW_MESSAGE, TCP_RAW_MESSAGE, TlOutState},
    },
    process_id::ProcessId,
    tl::{RPC_REQ_RESULT, stat_lines},
};

/// A page of statistics.
const TL_STAT: u32 = 0x9d56_e6b2;

/// A place for an answer to a process: by a connection to it, or null where there is none. Any other type ends the process.
///
/// # Safety
/// The module's promise: `pid` is *readable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_aio_init_store(
    r#type: c_uint,
    pid: *mut ProcessId,
    qid: c_longlong,
) -> *mut TlOutState {
    // SAFETY: the same promise; the reference to the connection is handed over.
    unsafe {
        match r#type {
            RAW_MESSAGE => {
                let out = tl_out_state_alloc();
                tls_init_raw_msg(out, pid, qid);
                out
            }
            TCP_RAW_MESSAGE => {
                let connection = rpc_target_choose_connection(rpc_target_lookup(pid), pid);
                if connection.is_null() {
                    tell_of(
                        c_text!("tl_aio_init_store: Bad connection [%d.%d.%d.%d:%d:%d:%d]\n"),
                        &pid.read(),
                    );
                    return ptr::null_mut();
                }
                let fd = (*ConnectionInfo::of(connection)).fd;
                vkprintf_good(fd, &pid.read());
                let out = tl_out_state_alloc();
                tls_init_tcp_raw_msg(out, TAG, connection, qid);
                out
            }
            _ => die(c_text!("tl_aio_init_store: answers go into messages")),
        }
    }
}

fn vkprintf_good(fd: c_int, pid: &ProcessId) {
    let [a, b, c, d, port, id, time] = pid.numbers();
    let format = c_text!("tl_aio_init_store: Good connection #%d for [%d.%d.%d.%d:%d:%d:%d]\n");
    vkprintf!(2, format, fd, a, b, c, d, port, id, time);
}

/// Sends an answer that is an error.
///
/// # Safety
/// A live state, which is given back, and a C string.
pub(super) unsafe fn send_error(out: *mut TlOutState, number: c_int, text: *const c_char) {
    // SAFETY: the same promise; a format that asks for a C string.
    unsafe {
        tls_set_error_format(out, number, c_text!("%s").as_ptr(), text);
        send(out);
    }
}

/// # Safety
/// A live state with an answer, which is given back.
pub(super) unsafe fn send(out: *mut TlOutState) {
    // SAFETY: the same promise.
    unsafe {
        tls_end_ext(out, RPC_REQ_RESULT);
        tl_out_state_free(out);
    }
}

/// Frees a message, unless it was moved out or freed before.
///
/// # Safety
/// It is one of these.
pub(super) unsafe fn free_message(raw: *mut RawMessage) {
    // SAFETY: the same promise.
    unsafe {
        if (*raw).magic != 0 {
            rwm_free(raw);
        }
    }
}

/// A place for an answer, which is written.
#[derive(Clone, Copy)]
pub(super) struct Out(pub(super) *mut TlOutState);

impl Out {
    /// Checks that so many bytes fit: an answer that is cut would be taken for another one.
    ///
    /// # Safety
    /// It is a live state, which nobody else uses.
    unsafe fn check(self, len: c_int) {
        // SAFETY: the same promise.
        unsafe {
            if (*self.0).out_type == 0 || (*self.0).out_remaining < len {
                die(c_text!("no room for an answer"));
            }
        }
    }

    /// Notes that so many bytes were written.
    ///
    /// # Safety
    /// As for [`Self::check`].
    unsafe fn advance(self, len: c_int) {
        // SAFETY: the same promise.
        unsafe {
            (*self.0).out_pos = (*self.0).out_pos.wrapping_add(len);
            (*self.0).out_remaining = (*self.0).out_remaining.wrapping_sub(len);
        }
    }

    /// A place for bytes that are written later; null for none.
    ///
    /// # Safety
    /// As for [`Self::check`].
    pub(super) unsafe fn place(self, len: c_int) -> *mut c_void {
        // SAFETY: the same promise; a state with a type has methods.
        unsafe {
            self.check(len);
            if len == 0 {
                return ptr::null_mut();
            }
            let Some(get_place) = (*(*self.0).out_methods).store_get_ptr else {
                die(c_text!("an answer that has no place for words"))
            };
            let place = get_place(self.0, len);
            self.advance(len);
            place
        }
    }

    /// Writes bytes, for which there is room.
    ///
    /// # Safety
    /// As for [`Self::check`], with a type, and the bytes are *readable*.
    unsafe fn bytes(self, data: *const c_void, len: c_int) {
        // SAFETY: the same promise; a state with a type has methods.
        unsafe {
            ((*(*self.0).out_methods).store_raw_data)(self.0, data, len);
            self.advance(len);
        }
    }

    /// A string: its length, its bytes, and zeros up to a multiple of four, which may go over the limit.
    ///
    /// # Safety
    /// As for [`Self::check`].
    unsafe fn string(self, text: &[u8]) {
        let len = text.len();
        if len >= 1 << 24 {
            die(c_text!("a string of 16 MiB in an answer"));
        }
        let (word, zeros) = (if len < 254 { len as u32 } else { (len as u32) << 8 | 0xfe }, 0u32);
        let head = if len < 254 { 1 } else { 4 };
        // SAFETY: the same promise; the bytes of a word in little endian, of which one may be enough; the text.
        unsafe {
            self.check(4);
            self.bytes(word.to_le_bytes().as_ptr().cast(), head);
            self.check(len as c_int);
            self.bytes(text.as_ptr().cast(), len as c_int);
            self.check(0);
            self.bytes((&raw const zeros).cast(), (*self.0).out_pos.wrapping_neg() & 3);
        }
    }

    /// A message, whose content it takes over.
    ///
    /// # Safety
    /// As for [`Self::check`], and `raw` is a message.
    pub(super) unsafe fn message(self, raw: *mut RawMessage) {
        // SAFETY: the same promise; a state with a type has methods.
        unsafe {
            let len = (*raw).total_bytes;
            self.check(len);
            let Some(store) = (*(*self.0).out_methods).store_raw_msg else {
                die(c_text!("an answer that has no place for messages"))
            };
            store(self.0, raw.cast());
            self.advance(len);
        }
    }
}

/// Writes a page of statistics: how many lines have a name and a value, and these; before it a word that says what it is, unless
/// `raw`. Returns the number of lines.
///
/// # Safety
/// The module's promise, and `s` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_store_stats(tlio_out: *mut TlOutState, s: *const c_char, raw: c_int) -> c_int {
    // SAFETY: a C string, as the caller promises.
    let lines = stat_lines(unsafe { CStr::from_ptr(s) }.to_bytes());
    let count = lines.clone().count() as c_int;
    let out = Out(tlio_out);
    // SAFETY: the module's promise; a place for a word.
    unsafe {
        if raw == 0 {
            store_word(tlio_out, TL_STAT);
        }
        out.place(4).cast::<c_int>().write_unaligned(count);
        for (name, value) in lines {
            out.string(name);
            out.string(value);
        }
    }
    count
}

/// The longest page of a host without statistics of its own.
const PAGE: usize = 4096;

struct Page(UnsafeCell<[c_char; PAGE]>);

// SAFETY: one job at a time uses it (the module's promise).
unsafe impl Sync for Page {}

static PAGE_TEXT: Page = Page(UnsafeCell::new([0; PAGE]));

/// Writes the host's statistics into an answer.
///
/// # Safety
/// The module's promise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tl_engine_store_stats(tlio_out: *mut TlOutState) {
    // SAFETY: the same promise; the page has room for its end.
    unsafe {
        match store_function() {
            Some(store) => store(tlio_out),
            None => {
                let page: *mut c_char = PAGE_TEXT.0.get().cast();
                prepare_stats(page, PAGE as c_int - 2);
                tl_store_stats(tlio_out, page, 0);
            }
        }
    }
}
