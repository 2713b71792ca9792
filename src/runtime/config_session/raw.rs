// SPDX-License-Identifier: LGPL-2.0-or-later
//! The buffer of the loaded text, and scanning at a C cursor.
//!
//! Each unsafe function here requires these rules of its caller, as the legacy library does:
//! 1. One thread at a time uses a configuration.
//! 2. The cursor points into a text that ends with a NUL, or is null. The text need not be the loaded one, and the host
//!    may write into it between two calls.

use core::{
    ffi::{c_char, c_int},
    ptr, slice,
    sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed},
};

/// The longest configuration.
pub(crate) const MAX_SIZE: usize = 16 << 20;
/// One byte more than the longest configuration is read, to detect a longer one, and a NUL follows.
const BUFFER_SIZE: usize = MAX_SIZE + 4;
/// The first length at which a text that is not the loaded one is scanned. Most tokens are shorter.
const FIRST_WINDOW: usize = 64;

/// The memory of a configuration. It is not cleared, so that only the pages that a text fills are touched.
pub(crate) struct Buffer {
    /// From libc's allocator, or null.
    start: AtomicPtr<c_char>,
    /// The number of bytes at the start that were written.
    len: AtomicUsize,
}

impl Buffer {
    pub(crate) const fn new() -> Self {
        Self { start: AtomicPtr::new(ptr::null_mut()), len: AtomicUsize::new(0) }
    }

    /// The start of the text; null if no configuration is loaded.
    pub(crate) fn start(&self) -> *mut c_char {
        self.start.load(Relaxed)
    }

    /// Allocates the memory if it is not yet allocated. Returns false if the allocation fails.
    pub(crate) fn allocate(&self) -> bool {
        if self.start().is_null() {
            // SAFETY: an allocation; the result may be null.
            self.start.store(unsafe { libc::malloc(BUFFER_SIZE) }.cast(), Relaxed);
        }
        !self.start().is_null()
    }

    /// Reads from `fd` with one system call, up to one byte more than the longest configuration, and ends with a NUL what
    /// was read: a text that is refused for its length has replaced the one that cursors point into. Returns the result
    /// of `read`.
    ///
    /// # Safety
    /// Rule 1; the memory is allocated.
    pub(crate) unsafe fn read(&self, fd: c_int) -> isize {
        // SAFETY: the memory has more bytes than that.
        let read = unsafe { libc::read(fd, self.start().cast(), MAX_SIZE + 1) };
        self.len.store(usize::try_from(read).unwrap_or(0), Relaxed);
        if read >= 0 {
            // SAFETY: the same promise.
            unsafe { self.terminate(MAX_SIZE + 1) };
        }
        read
    }

    /// Ends the text with a NUL after `len` bytes, or after the bytes that were read if they are fewer. Returns its end.
    ///
    /// # Safety
    /// Rule 1; the memory is allocated.
    pub(crate) unsafe fn terminate(&self, len: usize) -> *mut c_char {
        let len = len.min(self.len.load(Relaxed));
        // SAFETY: at most `MAX_SIZE + 1` bytes were read, and the memory has four.
        unsafe {
            let end = self.start().add(len);
            end.write(0);
            end
        }
    }

    /// The first `len` bytes of the text, or the bytes that were read if they are fewer.
    ///
    /// # Safety
    /// Rule 1, for as long as the text is used; the memory is allocated.
    pub(crate) unsafe fn text<'a>(&self, len: usize) -> &'a [u8] {
        let len = len.min(self.len.load(Relaxed));
        // SAFETY: `read` filled that many bytes, and no thread writes to them meanwhile (rule 1).
        unsafe { slice::from_raw_parts(self.start().cast(), len) }
    }

    /// Frees the memory.
    ///
    /// # Safety
    /// Rule 1; no cursor points there any more.
    pub(crate) unsafe fn release(&self) {
        self.len.store(0, Relaxed);
        // SAFETY: from libc's allocator, or null; nothing else keeps it.
        unsafe { libc::free(self.start.swap(ptr::null_mut(), Relaxed).cast()) };
    }

    /// The number of bytes that were read at the cursor and after it.
    fn known_after(&self, cursor: *const c_char) -> usize {
        let start = self.start();
        let offset = cursor.addr().wrapping_sub(start.addr());
        if start.is_null() { 0 } else { self.len.load(Relaxed).saturating_sub(offset) }
    }
}

/// The number of wanted bytes at the cursor, if it is less than `N`: most tokens are short, and read here byte by byte
/// they cost no more than in C. A NUL must not be wanted.
///
/// # Safety
/// Rules 1 and 2, and the cursor is not null.
#[inline(always)] // a loop in its caller
pub(crate) unsafe fn few<const N: usize>(
    cursor: *const c_char,
    mut wanted: impl FnMut(u8) -> bool,
) -> Option<usize> {
    (0..N).find(|&index| {
        // SAFETY: the bytes before it were wanted, so the NUL that ends the text is not among them.
        let byte = unsafe { *cursor.add(index) } as u8;
        !wanted(byte)
    })
}

/// Runs a scanner on the text at the cursor.
///
/// The scanner gets a slice, and returns how many of its bytes decided the result. If these are all and the text goes on,
/// the scanner runs again on a longer slice. So the cost of a call depends on what it scans, not on the text's length.
///
/// # Safety
/// Rules 1 and 2, and the cursor is not null.
#[inline(always)] // the scanner is to be compiled into its caller
pub(crate) unsafe fn scan<R>(
    buffer: &Buffer,
    cursor: *const c_char,
    scanner: impl Fn(&[u8]) -> (usize, R),
) -> R {
    let mut len = buffer.known_after(cursor);
    if len == 0 {
        // SAFETY: the same rules.
        len = unsafe { longer(cursor, 0) };
    }
    loop {
        // SAFETY: none, or bytes that `read` filled and that are not freed, or bytes before a NUL; nobody writes there
        // meanwhile (rule 1).
        let text = unsafe { slice::from_raw_parts(cursor.cast(), len) };
        let (decided_by, result) = scanner(text);
        // SAFETY: a byte follows: the NUL, unless the host has appended text to what was read, or the measuring stopped
        // before the NUL.
        if decided_by < len || unsafe { *cursor.add(len) } == 0 {
            return result;
        }
        // SAFETY: the same rules.
        len = unsafe { longer(cursor, len) };
    }
}

/// The next length to scan at the cursor, after `len` bytes were not enough.
///
/// # Safety
/// Rule 2, and the cursor is not null.
#[cold]
#[inline(never)]
unsafe fn longer(cursor: *const c_char, len: usize) -> usize {
    // SAFETY: the text ends with a NUL, and `strnlen` reads no further.
    unsafe { libc::strnlen(cursor, len.saturating_mul(16).max(FIRST_WINDOW)) }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, os::fd::AsRawFd};

    use super::*;

    /// The memory may come from the allocator with anything in it.
    #[test]
    #[cfg_attr(miri, ignore = "16 MiB")]
    fn text_that_is_too_long_ends_with_a_nul() {
        let path = std::env::temp_dir().join(format!("mtproxy-ffi-too-long-{}", std::process::id()));
        std::fs::write(&path, vec![b' '; MAX_SIZE + 1]).unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        let buffer = Buffer::new();
        assert!(buffer.allocate());
        // SAFETY: this thread is the only one; the memory is there, and the last byte is a NUL whatever `read` does.
        unsafe {
            buffer.start().write_bytes(b' ', BUFFER_SIZE - 1);
            buffer.start().add(BUFFER_SIZE - 1).write(0);
            assert_eq!(buffer.read(file.as_raw_fd()), MAX_SIZE as isize + 1);
            let blanks = scan(&buffer, buffer.start(), |text| {
                let blanks = text.iter().take_while(|&&byte| byte == b' ').count();
                (blanks, blanks)
            });
            assert_eq!(blanks, MAX_SIZE + 1);
            buffer.release();
        }
    }
}
