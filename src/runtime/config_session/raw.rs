// SPDX-License-Identifier: LGPL-2.0-or-later
//! The buffer of the loaded text, and scanning at a C cursor.
//!
//! Rules, which every unsafe function here asks its caller to keep, as the legacy library did:
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
/// One more byte is read than may be there, and a NUL follows.
const BUFFER_SIZE: usize = MAX_SIZE + 4;
/// How much of a foreign text is looked at first. Most tokens are shorter.
const FIRST_WINDOW: usize = 64;

/// The memory of a configuration. It is not cleared: only the pages that a text fills are ever touched.
pub(crate) struct Buffer {
    /// From libc's allocator, or null.
    start: AtomicPtr<c_char>,
    /// How many bytes at the start were written here.
    len: AtomicUsize,
}

impl Buffer {
    pub(crate) const fn new() -> Self {
        Self { start: AtomicPtr::new(ptr::null_mut()), len: AtomicUsize::new(0) }
    }

    /// Where the text starts; null if no configuration is loaded.
    pub(crate) fn start(&self) -> *mut c_char {
        self.start.load(Relaxed)
    }

    /// Allocates the memory unless it is there. Returns false if there is none to be had.
    pub(crate) fn allocate(&self) -> bool {
        if self.start().is_null() {
            // SAFETY: an allocation; the result may be null.
            self.start.store(unsafe { libc::malloc(BUFFER_SIZE) }.cast(), Relaxed);
        }
        !self.start().is_null()
    }

    /// Reads from `fd` with one system call, up to one byte more than may be there. Returns what `read` returned.
    ///
    /// # Safety
    /// Rule 1; the memory is allocated.
    pub(crate) unsafe fn read(&self, fd: c_int) -> isize {
        // SAFETY: the memory has more bytes than that.
        let read = unsafe { libc::read(fd, self.start().cast(), MAX_SIZE + 1) };
        self.len.store(usize::try_from(read).unwrap_or(0), Relaxed);
        read
    }

    /// Ends the text with a NUL after `len` bytes, or after as many as were read if that is less. Returns its end.
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

    /// The first `len` bytes of the text, or as many as were read if that is less.
    ///
    /// # Safety
    /// Rule 1, for as long as the text is used; the memory is allocated.
    pub(crate) unsafe fn text<'a>(&self, len: usize) -> &'a [u8] {
        let len = len.min(self.len.load(Relaxed));
        // SAFETY: `read` filled that many bytes, and nobody writes there meanwhile.
        unsafe { slice::from_raw_parts(self.start().cast(), len) }
    }

    /// Gives the memory back.
    ///
    /// # Safety
    /// Rule 1; no cursor points there any more.
    pub(crate) unsafe fn release(&self) {
        self.len.store(0, Relaxed);
        // SAFETY: from libc's allocator, or null; nothing else keeps it.
        unsafe { libc::free(self.start.swap(ptr::null_mut(), Relaxed).cast()) };
    }

    /// How many of the bytes that were read lie at the cursor and after it.
    fn known_after(&self, cursor: *const c_char) -> usize {
        let start = self.start();
        let offset = cursor.addr().wrapping_sub(start.addr());
        if start.is_null() { 0 } else { self.len.load(Relaxed).saturating_sub(offset) }
    }
}

/// Runs a scanner on the text at the cursor.
///
/// The scanner gets a slice, and returns how many bytes of it decided the result. Where that is all of them and the text
/// goes on, it runs again on a longer slice; so a call costs what it scans, not what the text is long.
///
/// # Safety
/// Rules 1 and 2.
#[inline(always)] // the scanner is to be compiled into its caller
pub(crate) unsafe fn scan<R>(
    buffer: &Buffer,
    cursor: *const c_char,
    scanner: impl Fn(&[u8]) -> (usize, R),
) -> R {
    let cursor = if cursor.is_null() { EMPTY.as_ptr().cast() } else { cursor };
    let mut len = buffer.known_after(cursor);
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

/// The text of a cursor that is null.
static EMPTY: [u8; 1] = [0];

/// How many bytes of the text at the cursor to look at next, after `len` were not enough.
///
/// # Safety
/// Rule 2, and the cursor is not null.
#[cold]
#[inline(never)]
unsafe fn longer(cursor: *const c_char, len: usize) -> usize {
    // SAFETY: the text ends with a NUL, behind which nothing is read.
    unsafe { libc::strnlen(cursor, len.saturating_mul(16).max(FIRST_WINDOW)) }
}
