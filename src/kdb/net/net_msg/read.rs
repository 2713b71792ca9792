// SPDX-License-Identifier: LGPL-2.0-or-later
//! Reading messages.

use core::{
    ffi::{c_int, c_uint, c_void},
    ptr,
};

use super::{Pool, RawMessage, add::given, any, count, messages};
use crate::{
    digest::Sha1Pieces,
    kdb::{EvpMdCtx, Partial32, crc32_partial, crc32c_partial, sha1_update},
    runtime::message::{ADVANCE, Host, Refused, TRUNCATE},
};

/// What is called with pieces of a message; a negative result stops.
pub type ProcessBlock = unsafe extern "C" fn(*mut c_void, *const c_void, c_int) -> c_int;
/// As [`ProcessBlock`], for pieces that it changes.
pub type TransformBlock = unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> c_int;

/// The look-up of a packet's type.
const PACKET_TYPE: c_int = 4;

/// Takes bytes from the front, into `data` unless that is null. Returns how many.
///
/// # Safety
/// As for all functions of this object; `data` is null, or *writable* for `bytes` bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_fetch_data(raw: *mut RawMessage, data: *mut c_void, bytes: c_int) -> c_int {
    // SAFETY: the same promises.
    unsafe { messages().fetch(any(raw), data.cast(), bytes, 0, ADVANCE) }
}

/// Drops bytes from the front. Returns how many.
///
/// # Safety
/// As for all functions of this object.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_skip_data(raw: *mut RawMessage, bytes: c_int) -> c_int {
    // SAFETY: the same promise.
    unsafe { rwm_fetch_data(raw, ptr::null_mut(), bytes) }
}

/// As [`rwm_fetch_data`], and leaves the bytes.
///
/// An empty message has a packet type of four zeros: a host asks for it before it looks whether a packet is too short.
///
/// # Safety
/// As for [`rwm_fetch_data`].
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_fetch_lookup(raw: *mut RawMessage, buf: *mut c_void, bytes: c_int) -> c_int {
    // SAFETY: the same promises.
    unsafe {
        let raw = any(raw);
        if raw.total_bytes == 0 && bytes == PACKET_TYPE && !buf.is_null() {
            buf.write_bytes(0, PACKET_TYPE as usize);
            return PACKET_TYPE;
        }
        messages().fetch(raw, buf.cast(), bytes, 0, 0)
    }
}

/// Copies bytes from the end, and does what `flags` say.
///
/// # Safety
/// As for [`rwm_fetch_data`].
#[inline(never)]
unsafe fn from_the_end(raw: *mut RawMessage, data: *mut c_void, bytes: c_int, flags: c_int) -> c_int {
    // SAFETY: the same promises.
    unsafe {
        let raw = any(raw);
        let bytes = count(bytes).min(raw.total_bytes);
        messages().fetch(raw, data.cast(), bytes, raw.total_bytes - bytes, flags)
    }
}

/// Takes bytes from the end, into `data` unless that is null. Returns how many.
///
/// # Safety
/// As for [`rwm_fetch_data`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_fetch_data_back(raw: *mut RawMessage, data: *mut c_void, bytes: c_int) -> c_int {
    // SAFETY: the same promises.
    unsafe { from_the_end(raw, data, bytes, TRUNCATE) }
}

/// As [`rwm_fetch_data_back`], and leaves the bytes.
///
/// # Safety
/// As for [`rwm_fetch_data`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_fetch_lookup_back(
    raw: *mut RawMessage,
    data: *mut c_void,
    bytes: c_int,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { from_the_end(raw, data, bytes, 0) }
}

/// Leaves at most `len` bytes; none for a negative number. Returns the smaller of `len` and how many there were.
///
/// # Safety
/// As for all functions of this object.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_trunc(raw: *mut RawMessage, len: c_int) -> c_int {
    // SAFETY: the same promise.
    unsafe {
        let raw = any(raw);
        if len < raw.total_bytes {
            messages().drop_back(raw, len.max(0));
            return len;
        }
        raw.total_bytes
    }
}

/// Compares bytes, as `memcmp`, and then lengths: -1, 0 or 1.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_compare(l: *mut RawMessage, r: *mut RawMessage) -> c_int {
    // SAFETY: the same promise; both are only read.
    unsafe { messages().compare(&*any(l), &*any(r)) }
}

/// The first bytes that lie in one piece, or null.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_get_block_ptr(raw: *mut RawMessage) -> *mut c_void {
    // SAFETY: the same promise.
    match unsafe { messages().first_piece(&mut *raw) } {
        // SAFETY: a piece of a live message.
        Some(piece) => unsafe { piece.data() }.cast(),
        None => ptr::null_mut(),
    }
}

/// How many they are.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_get_block_ptr_bytes(raw: *mut RawMessage) -> c_int {
    // SAFETY: the same promise.
    unsafe { messages().first_piece(&mut *raw) }.map_or(0, |piece| piece.len())
}

/// Calls a function with pieces of `bytes` bytes from `offset` on, of as many as there are. With flag 1 the bytes up to the last
/// of them are dropped then, with flag 2 those from the first of them on. Returns how many; or the function's negative result,
/// and then nothing is dropped.
///
/// # Safety
/// As for all functions of this object; the function may be called, and does not change the message.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_process_ex(
    raw: *mut RawMessage,
    bytes: c_int,
    offset: c_int,
    flags: c_int,
    process_block: ProcessBlock,
    extra: *mut c_void,
) -> c_int {
    // SAFETY: the same promises.
    unsafe {
        messages()
            .process(any(raw), bytes, offset, flags, &mut |data, len| process_block(extra, data.cast(), len))
    }
}

/// As [`rwm_process_ex`], from the front, and leaves the bytes.
///
/// # Safety
/// As for [`rwm_process_ex`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_process(
    raw: *mut RawMessage,
    bytes: c_int,
    process_block: ProcessBlock,
    extra: *mut c_void,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { rwm_process_ex(raw, bytes, 0, 0, process_block, extra) }
}

/// As [`rwm_process_ex`], from the front, and drops the bytes.
///
/// # Safety
/// As for [`rwm_process_ex`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_process_and_advance(
    raw: *mut RawMessage,
    bytes: c_int,
    process_block: ProcessBlock,
    extra: *mut c_void,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { rwm_process_ex(raw, bytes, 0, ADVANCE, process_block, extra) }
}

/// As [`rwm_process_ex`], and leaves the bytes.
///
/// # Safety
/// As for [`rwm_process_ex`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_process_from_offset(
    raw: *mut RawMessage,
    bytes: c_int,
    offset: c_int,
    process_block: ProcessBlock,
    extra: *mut c_void,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { rwm_process_ex(raw, bytes, offset, 0, process_block, extra) }
}

/// As [`rwm_process_from_offset`], with a function that changes the bytes; each message that shares them is changed, too.
///
/// # Safety
/// As for [`rwm_process_ex`]; no other thread uses a message that shares the bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_transform_from_offset(
    raw: *mut RawMessage,
    bytes: c_int,
    offset: c_int,
    transform_block: TransformBlock,
    extra: *mut c_void,
) -> c_int {
    // SAFETY: the same promises.
    unsafe {
        messages()
            .process(any(raw), bytes, offset, 0, &mut |data, len| transform_block(extra, data.cast(), len))
    }
}

/// Copies a piece to the place that `extra` points to, which is moved on. Returns 0.
///
/// # Safety
/// `extra` is null, or *writable*, with a place that is *writable* for `len` bytes; `data` is *readable* for as many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_process_memcpy(extra: *mut c_void, data: *const c_void, len: c_int) -> c_int {
    let place: *mut *mut u8 = extra.cast();
    if !place.is_null() {
        // SAFETY: the same promises.
        unsafe {
            let from = given(data, len);
            (*place).copy_from_nonoverlapping(from.as_ptr(), from.len());
            *place = (*place).add(from.len());
        }
    }
    0
}

/// Does nothing with a piece. Returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn rwm_process_nop(_extra: *mut c_void, _data: *const c_void, _len: c_int) -> c_int {
    0
}

/// Describes the first `bytes` bytes, or as many as there are, in at most `iov_len` entries. Returns how many were used; -1 if
/// these do not suffice, and then all are.
///
/// # Safety
/// As for all functions of this object; `iov` is *writable* for `iov_len` entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_prepare_iovec(
    raw: *const RawMessage,
    iov: *mut libc::iovec,
    iov_len: c_int,
    bytes: c_int,
) -> c_int {
    // SAFETY: the same promises; the message is only read.
    unsafe { messages().describe(any(raw.cast_mut()), iov, iov_len, count(bytes)) }.unwrap_or(-1)
}

/// The CRC of the first bytes; fewer than `bytes` end the process.
///
/// # Safety
/// As for all functions of this object; the function may be called.
#[inline(never)]
unsafe fn checksum(raw: *mut RawMessage, bytes: c_int, partial: Partial32) -> c_uint {
    let mut crc = c_uint::MAX;
    // SAFETY: the same promises; a piece is readable.
    unsafe {
        let raw = any(raw);
        if count(bytes) > raw.total_bytes {
            Pool.refuse(Refused::TooShort);
        }
        messages().visit(raw, 0, bytes, &mut |data, len| {
            crc = partial(data.cast(), len.into(), crc);
            0
        });
    }
    !crc
}

/// The CRC-32 of the first bytes, by [`crc32_partial`]; fewer end the process.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_crc32(raw: *mut RawMessage, bytes: c_int) -> c_uint {
    // SAFETY: the same promise.
    unsafe { checksum(raw, bytes, crc32_partial) }
}

/// The CRC-32C of the first bytes, by [`crc32c_partial`]; fewer end the process.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_crc32c(raw: *mut RawMessage, bytes: c_int) -> c_uint {
    // SAFETY: the same promise.
    unsafe { checksum(raw, bytes, crc32c_partial) }
}

/// The CRC of the first bytes, by the caller's function; fewer end the process.
///
/// # Safety
/// As for all functions of this object; the function may be called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_custom_crc32(
    raw: *mut RawMessage,
    bytes: c_int,
    custom_crc32_partial: Partial32,
) -> c_uint {
    // SAFETY: the same promises.
    unsafe { checksum(raw, bytes, custom_crc32_partial) }
}

/// Writes the SHA-1 digest of the first `bytes` bytes, or of as many as there are. Returns how many.
///
/// # Safety
/// As for all functions of this object; `output` is *writable* for 20 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_sha1(raw: *mut RawMessage, bytes: c_int, output: *mut u8) -> c_int {
    let mut digest = Sha1Pieces::default();
    // SAFETY: the same promises; a piece is readable.
    unsafe {
        let done = messages().process(any(raw), bytes, 0, 0, &mut |data, len| {
            digest.feed(given(data.cast(), len));
            0
        });
        output.cast::<[u8; 20]>().write_unaligned(digest.finish());
        done
    }
}

/// Feeds a piece to a SHA-1 digest of libcrypto's. Returns 0.
///
/// # Safety
/// As for [`sha1_update`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sha1_wrap(extra: *mut c_void, data: *const c_void, len: c_int) -> c_int {
    // SAFETY: the same promises.
    unsafe { sha1_update(extra.cast::<EvpMdCtx>(), data.cast(), len) };
    0
}
