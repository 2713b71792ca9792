// SPDX-License-Identifier: LGPL-2.0-or-later
//! Adding bytes to messages.

use core::{
    ffi::{c_int, c_void},
    slice,
};

use super::{
    CipherWork, MsgPart, Pool, RawMessage, any, count, messages, owning, rwm_fetch_data, rwm_trunc,
    with_memory,
};
use crate::{
    kdb::{EvpCipherCtx, evp_crypt},
    net::{Sizes, tl_string_head, tl_string_padding},
    runtime::message::{Cipher, Host, Refused, is_block},
};

/// Adds bytes at the end, or bytes without a value if `data` is null. Returns how many: where the pool is full, fewer; but at
/// most 2048 bytes are always added while the system has memory.
///
/// # Safety
/// As for all functions of this object; `data` is null or *readable* for `alloc_bytes` bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_push_data(
    raw: *mut RawMessage,
    data: *const c_void,
    alloc_bytes: c_int,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { messages().push(owning(raw), data.cast(), count(alloc_bytes), Sizes::USUAL) }
}

/// As [`rwm_push_data`], with other sizes of buffers, and other room before a message's first byte.
///
/// # Safety
/// As for [`rwm_push_data`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_push_data_ext(
    raw: *mut RawMessage,
    data: *const c_void,
    alloc_bytes: c_int,
    prepend: c_int,
    small_buffer: c_int,
    std_buffer: c_int,
) -> c_int {
    let sizes = Sizes { headroom: prepend, small: small_buffer, standard: std_buffer };
    // SAFETY: the same promises.
    unsafe { messages().push(owning(raw), data.cast(), count(alloc_bytes), sizes) }
}

/// Adds bytes at the front. Returns how many: all, or none without memory.
///
/// # Safety
/// As for all functions of this object; `data` is *readable* for `alloc_bytes` bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_push_data_front(
    raw: *mut RawMessage,
    data: *const c_void,
    alloc_bytes: c_int,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { messages().push_front(owning(raw), data.cast(), count(alloc_bytes)) }
}

/// Adds at most 2048 bytes without a value at the front, in one piece, which is returned; null for another number, and without
/// memory.
///
/// # Safety
/// As for all functions of this object.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_prepend_alloc(raw: *mut RawMessage, alloc_bytes: c_int) -> *mut c_void {
    // SAFETY: the same promise.
    unsafe { messages().prepend(owning(raw), count(alloc_bytes)) }.cast()
}

/// As [`rwm_prepend_alloc`], at the end.
///
/// # Safety
/// As for all functions of this object.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_postpone_alloc(raw: *mut RawMessage, alloc_bytes: c_int) -> *mut c_void {
    // SAFETY: the same promise.
    unsafe { messages().postpone(owning(raw), count(alloc_bytes)) }.cast()
}

/// Gives a message parts of its own, where others hold them or it uses a piece of one. Returns how many were copied.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fork_message_chain(raw: *mut RawMessage) -> c_int {
    // SAFETY: the same promise.
    with_memory(unsafe { messages().fork(owning(raw)) })
}

/// Readies the last part for more bytes. Returns it if it is locked, and then the caller restores its magic; else null.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_lock_last_part(raw: *mut RawMessage) -> *mut MsgPart {
    // SAFETY: the same promise.
    with_memory(unsafe { messages().lock_last(owning(raw)) })
}

/// Lets the first part start where the message does. Returns null.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_lock_first_part(raw: *mut RawMessage) -> *mut MsgPart {
    // SAFETY: the same promise.
    with_memory(unsafe { messages().own_first(owning(raw)) });
    core::ptr::null_mut()
}

/// Makes a message a TL string: its length before it, zeros behind it up to a multiple of four bytes.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_to_tl_string(raw: *mut RawMessage) {
    // SAFETY: the same promise; what is added is readable.
    unsafe {
        let raw = owning(raw);
        let (head, head_len) = tl_string_head(raw.total_bytes.unsigned_abs());
        let padding = tl_string_padding(raw.total_bytes.unsigned_abs().wrapping_add(head_len as u32));
        let added = rwm_push_data_front(raw, head.as_ptr().cast(), head_len as c_int)
            + rwm_push_data(raw, [0_u8; 4].as_ptr().cast(), padding as c_int);
        if added != head_len as c_int + padding as c_int {
            Pool.refuse(Refused::NoMemory);
        }
    }
}

/// Makes a TL string the message that it holds; what follows it is dropped. One that is cut off ends the process.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_from_tl_string(raw: *mut RawMessage) {
    const LONG: u32 = 0xfe;
    // SAFETY: the same promise; the bytes are writable.
    let (raw, len) = unsafe {
        let raw = owning(raw);
        let mut bytes = [0_u8; 4];
        let place = bytes.as_mut_ptr().cast();
        let mut fetched = rwm_fetch_data(raw, place, 1);
        if u32::from_le_bytes(bytes) == LONG {
            fetched = rwm_fetch_data(raw, place, 3) / 3;
        } else if u32::from_le_bytes(bytes) > LONG {
            fetched = 0;
        }
        if fetched != 1 || u32::from_le_bytes(bytes) > raw.total_bytes.unsigned_abs() {
            Pool.refuse(Refused::TooShort);
        }
        (raw, u32::from_le_bytes(bytes))
    };
    // SAFETY: a message that owns its bytes.
    unsafe { rwm_trunc(raw, len as c_int) };
}

/// The host's cipher.
struct HostCipher {
    context: *mut EvpCipherCtx,
}

impl Cipher for HostCipher {
    #[inline(never)]
    unsafe fn work(&mut self, input: *const u8, output: *mut u8, count: c_int) {
        // SAFETY: the same promises; the context is a cipher's.
        unsafe { evp_crypt(self.context, input.cast(), output.cast(), count) }
    }
}

/// Moves `bytes` bytes, or as many as there are, through a cipher to the end of another message, in whole blocks. Returns how
/// many; fewer only without memory.
///
/// # Safety
/// As for all functions of this object; `evp_ctx` is a cipher of libcrypto's with blocks of `block_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_encrypt_decrypt_to(
    raw: *mut RawMessage,
    res: *mut RawMessage,
    bytes: c_int,
    evp_ctx: *mut EvpCipherCtx,
    block_size: c_int,
) -> c_int {
    if raw == res {
        Pool.refuse(Refused::Itself);
    }
    // SAFETY: the same promises; two messages.
    unsafe {
        let cipher = HostCipher { context: evp_ctx };
        messages().encrypt(any(raw), owning(res), count(bytes), block_size, cipher)
    }
}

/// Encrypts bytes to the end of a message, in whole blocks; those of a block that is not whole wait. Returns 0, or -1 without
/// memory.
///
/// # Safety
/// `x` is *writable*, with a message and a cipher as for [`rwm_encrypt_decrypt_to`]; `data` is *readable* for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_process_encrypt_decrypt(
    x: *mut CipherWork,
    data: *const c_void,
    len: c_int,
) -> c_int {
    // SAFETY: the same promises; the end of the message is readied first.
    unsafe {
        let messages = messages();
        let work = &mut *x;
        if !is_block(work.block_size) || !(0..work.block_size).contains(&work.bp) {
            Pool.refuse(Refused::Block);
        }
        let locked = with_memory(messages.lock_last(owning(work.raw)));
        let mut cipher = HostCipher { context: work.evp_ctx.cast() };
        let done = messages.encrypt_piece(work, data.cast(), count(len), &mut cipher);
        messages.unlock(locked);
        if done { 0 } else { -1 }
    }
}

/// The bytes that a callback is given.
///
/// # Safety
/// `data` is *readable* for `len` bytes, which are not negative.
pub(super) unsafe fn given<'a>(data: *const c_void, len: c_int) -> &'a [u8] {
    // SAFETY: the same promise.
    unsafe { slice::from_raw_parts(data.cast(), usize::try_from(len).unwrap_or(0)) }
}
