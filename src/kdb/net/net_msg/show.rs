// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages for who looks for a fault.

use core::{ffi::c_int, mem::MaybeUninit};

use super::{Pool, RawMessage, any, messages};
use crate::{
    kdb::{
        hexdump,
        support::{c_text, stderr},
    },
    runtime::message::{Host, Refused},
};

/// The most bytes that are printed.
const MOST_PRINTED: usize = 10_000;

/// Prints the first 10000 bytes on `stderr`. Returns 0.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_dump(raw: *mut RawMessage) -> c_int {
    let mut bytes = MaybeUninit::<[u8; MOST_PRINTED]>::uninit();
    let start: *mut u8 = bytes.as_mut_ptr().cast();
    // SAFETY: the same promise; as many bytes are printed as were written, and the format takes one number.
    unsafe {
        let raw = any(raw);
        let count = messages().fetch(raw, start, MOST_PRINTED as c_int, 0, 0);
        hexdump(start.cast(), start.offset(count as isize).cast());
        if count < raw.total_bytes {
            let format = c_text!("%d bytes not printed\n");
            libc::fprintf(stderr, format.as_ptr(), raw.total_bytes - count);
        }
    }
    0
}

/// Prints the sizes of a message's pieces on `stderr`. Returns 0. A wrong sum ends the process.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_dump_sizes(raw: *mut RawMessage) -> c_int {
    // SAFETY: the same promise; the formats take one number, or none.
    unsafe {
        let raw = any(raw);
        libc::fprintf(stderr, c_text!("(").as_ptr());
        let good = messages().check(raw, &mut |len| {
            libc::fprintf(stderr, c_text!(" %d").as_ptr(), len);
        });
        libc::fprintf(stderr, c_text!(" ) # %d\n").as_ptr(), raw.total_bytes);
        if !good {
            Pool.refuse(Refused::Damaged);
        }
    }
    0
}

/// Ends the process if a message's parts do not fit it. Returns 0.
///
/// # Safety
/// As for all functions of this object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rwm_check(raw: *mut RawMessage) -> c_int {
    // SAFETY: the same promise.
    if !unsafe { messages().check(any(raw), &mut |_| {}) } {
        Pool.refuse(Refused::Damaged);
    }
    0
}
