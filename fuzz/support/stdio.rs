// SPDX-License-Identifier: LGPL-2.0-or-later
//! Captures C's standard error.

use core::{ffi::c_char, ptr, slice};

unsafe extern "C" {
    /// glibc's is a variable, which the library and the original both read.
    static mut stderr: *mut libc::FILE;
}

/// Runs `action`, and returns its result and the bytes that it wrote to standard error.
pub fn said<T>(action: impl FnOnce() -> T) -> (T, Vec<u8>) {
    let (mut text, mut len): (*mut c_char, usize) = (ptr::null_mut(), 0);
    // SAFETY: both places outlive the stream. No other thread of a target writes to standard error meanwhile.
    let (kept, caught) = unsafe {
        let caught = libc::open_memstream(&raw mut text, &raw mut len);
        assert!(!caught.is_null(), "no memory");
        let kept = stderr;
        stderr = caught;
        (kept, caught)
    };
    let result = action();
    // SAFETY: the stream is open; closing it yields a text of that length, which this function frees.
    let said = unsafe {
        stderr = kept;
        libc::fclose(caught);
        let said = slice::from_raw_parts(text.cast(), len).to_vec();
        libc::free(text.cast());
        said
    };
    (result, said)
}
