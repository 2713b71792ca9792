// SPDX-License-Identifier: LGPL-2.0-or-later
//! TL headers.

use core::ffi::c_char;

use super::boundary::{Failure, OK, input};
use crate::tl::{self, Error, Header, Parsed, Refused};

/// The size of the array for an error's text, its NUL included.
pub const TL_ERROR_SIZE: usize = 192;

/// A TL header, and the result of parsing it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TlHeaderParseResult {
    /// 0: parsed. -1: refused, with `errnum` and `error`; then an item that was cut off is -1 and the items after it
    /// are 0, as from the legacy parser.
    pub status: i32,
    /// The number of bytes read: the position of the body or, if refused, of the legacy parser.
    pub consumed: i32,
    /// The operation; `MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED` for an answer whose result holds an error.
    pub op: i32,
    /// The operation as it stands in the packet.
    pub real_op: i32,
    /// The flags: always 0, the only value supported.
    pub flags: i32,
    /// The query id.
    pub qid: i64,
    /// The actor id; the last one, if several are given.
    pub actor_id: i64,
    /// `MTPROXY_FFI_TL_ERROR_*`; 0 if parsed.
    pub errnum: i32,
    /// The length of `error` without the NUL.
    pub error_len: i32,
    /// The legacy parser's error text, NUL-terminated; empty if parsed. The bytes after the NUL are not written.
    pub error: [c_char; TL_ERROR_SIZE],
}

/// # Safety
/// `data` is *readable* for `len` bytes and `out` is *writable*; they *may overlap*.
#[inline]
unsafe fn parse(
    data: *const u8,
    len: usize,
    out: *mut TlHeaderParseResult,
    parser: impl FnOnce(&[u8]) -> Result<Parsed, Refused>,
) -> i32 {
    // The legacy parser, the result and the error texts count in ints.
    if out.is_null() || i32::try_from(len).is_err() {
        return Failure::Invalid.code();
    }
    // SAFETY: `data` is readable for `len` bytes; nothing is written before the slice's last use.
    let verdict = match unsafe { input(data, len) } {
        Ok(packet) => parser(packet),
        Err(failure) => return failure.code(),
    };
    let (status, Header { op, real_op, flags, qid, actor_id }, consumed, error) = match verdict {
        Ok(Parsed { header, consumed }) => (0, header, consumed, None),
        Err(Refused { header, consumed, error }) => (-1, header, consumed, Some(error)),
    };
    // Field by field, and of the text only the bytes that it has: writing the whole result would take longer than parsing.
    // SAFETY: `out` is writable, aligned or not, and not null.
    unsafe {
        (&raw mut (*out).status).write_unaligned(status);
        (&raw mut (*out).consumed).write_unaligned(consumed as i32);
        (&raw mut (*out).op).write_unaligned(op);
        (&raw mut (*out).real_op).write_unaligned(real_op);
        (&raw mut (*out).flags).write_unaligned(flags);
        (&raw mut (*out).qid).write_unaligned(qid);
        (&raw mut (*out).actor_id).write_unaligned(actor_id);
        match error {
            None => write_error(out, 0, ""),
            Some(error) => explain(out, error),
        }
    }
    OK
}

/// Writes an error's number and text. Not inlined, so that the path of accepted headers stays short.
///
/// # Safety
/// `out` is *writable* and not null.
#[inline(never)]
unsafe fn explain(out: *mut TlHeaderParseResult, error: Error) {
    let mut room = None;
    // SAFETY: `out` is writable and not null; no error's text is longer than its place.
    unsafe { write_error(out, error.number(), error.text(&mut room)) };
}

/// # Safety
/// `out` is *writable* and not null; `text` is shorter than its place.
#[inline(always)]
unsafe fn write_error(out: *mut TlHeaderParseResult, number: i32, text: &str) {
    // SAFETY: `out` is writable, aligned or not; the text is the library's own, and shorter than its place.
    unsafe {
        (&raw mut (*out).errnum).write_unaligned(number);
        (&raw mut (*out).error_len).write_unaligned(text.len() as i32);
        let place = (&raw mut (*out).error).cast::<u8>();
        copy(text.as_bytes(), place);
        place.add(text.len()).write(0);
    }
}

/// As `copy_from_nonoverlapping`, but without a call of libc for these short texts.
///
/// # Safety
/// `place` is *writable* for as many bytes, and does not overlap `text`.
#[inline(always)]
unsafe fn copy(text: &[u8], place: *mut u8) {
    const PIECE: usize = 16;
    let pieces = text.chunks_exact(PIECE);
    // SAFETY: each piece is written at its offset in the text, so inside the place; the last one of a long text overlaps
    // the one before.
    unsafe {
        match text.last_chunk::<PIECE>() {
            Some(end) => {
                for (i, piece) in pieces.enumerate() {
                    place.add(PIECE * i).cast::<[u8; PIECE]>().write(*piece.as_ptr().cast());
                }
                place.add(text.len() - PIECE).cast::<[u8; PIECE]>().write(*end);
            }
            None => place.copy_from_nonoverlapping(text.as_ptr(), text.len()),
        }
    }
}

/// Reads the header of a query from the start of a packet.
///
/// Returns 0 if the arguments are valid, and fills `*out`; `out->status` is the result of parsing. Returns
/// `MTPROXY_FFI_EINVAL` if `out` is NULL, if `data` is NULL and `len` is not 0, or if `len` is above
/// `INT32_MAX`. Matches the legacy `tlf_query_header`, its errors included.
///
/// # Safety
/// `data` points to `len` readable bytes and `out` to a writable object; they may overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_tl_parse_query_header(
    data: *const u8,
    len: usize,
    out: *mut TlHeaderParseResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { parse(data, len, out, tl::parse_query_header) }
}

/// Reads the header of an answer from the start of a packet.
///
/// If the next marker is `MTPROXY_FFI_RPC_REQ_ERROR_WRAPPED`, sets `op` to it, leaves the marker unread and
/// succeeds (the legacy parser loops for ever).
///
/// Returns 0 if the arguments are valid, and fills `*out`; `out->status` is the result of parsing. Returns
/// `MTPROXY_FFI_EINVAL` if `out` is NULL, if `data` is NULL and `len` is not 0, or if `len` is above
/// `INT32_MAX`. Matches the legacy `tlf_query_answer_header`, its errors included.
///
/// # Safety
/// `data` points to `len` readable bytes and `out` to a writable object; they may overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_tl_parse_answer_header(
    data: *const u8,
    len: usize,
    out: *mut TlHeaderParseResult,
) -> i32 {
    // SAFETY: the same promises.
    unsafe { parse(data, len, out, tl::parse_answer_header) }
}

const _: () = assert!(tl::MAX_ERROR_TEXT < TL_ERROR_SIZE);
