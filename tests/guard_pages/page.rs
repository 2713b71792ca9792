// SPDX-License-Identifier: LGPL-2.0-or-later
//! Memory between two unmapped pages.

use std::{hint::black_box, ptr, slice};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    /// Right after an unmapped page.
    Start,
    /// Ending at an unmapped page.
    End,
}

pub(crate) const SIDES: [Side; 2] = [Side::Start, Side::End];

pub(crate) struct Guarded {
    base: *mut u8,
    page: usize,
    len: usize,
}

impl Guarded {
    /// Room for at least `room` bytes.
    pub(crate) fn new(room: usize) -> Self {
        // SAFETY: `sysconf` takes and returns numbers.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).expect("a page size");
        let len = room.max(1).next_multiple_of(page);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at an address that the kernel chooses, without access.
        let base = unsafe { libc::mmap(ptr::null_mut(), len + 2 * page, libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(base, libc::MAP_FAILED);
        let mut guarded = Self { base: base.cast(), page, len };
        guarded.writable(true);
        guarded
    }

    /// Makes the bytes between the unmapped pages writable, or read-only.
    fn writable(&mut self, writable: bool) {
        let protection = if writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
        // SAFETY: pages of this object's own mapping.
        assert_eq!(unsafe { libc::mprotect(self.first().cast(), self.len, protection) }, 0);
    }

    fn first(&self) -> *mut u8 {
        self.base.wrapping_add(self.page)
    }

    /// The start of `len` bytes at that side.
    pub(crate) fn place(&self, side: Side, len: usize) -> *mut u8 {
        assert!(len <= self.len);
        match side {
            Side::Start => self.first(),
            Side::End => self.first().wrapping_add(self.len - len),
        }
    }

    /// Places an input at that side. A write into it faults from now on.
    pub(crate) fn input(&mut self, side: Side, bytes: &[u8]) -> *const u8 {
        let place = self.place(side, bytes.len());
        self.writable(true);
        // SAFETY: inside the writable pages.
        unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        self.writable(false);
        place
    }

    /// Makes room for an output at that side, surrounded by `FILL`.
    pub(crate) fn output(&mut self, side: Side, len: usize) -> *mut u8 {
        // SAFETY: the writable pages.
        unsafe { self.first().write_bytes(FILL, self.len) };
        self.place(side, len)
    }

    /// The bytes of an output, after a check that the bytes beside it are untouched.
    pub(crate) fn written(&self, side: Side, len: usize) -> &[u8] {
        // SAFETY: the readable pages, which nobody writes while they are borrowed.
        let all = unsafe { slice::from_raw_parts(self.first(), self.len) };
        let (output, beside) = match side {
            Side::Start => all.split_at(len),
            Side::End => {
                let (beside, output) = all.split_at(all.len() - len);
                (output, beside)
            }
        };
        assert!(beside.iter().all(|&byte| byte == FILL), "written beside an output of {len} bytes");
        output
    }
}

/// The value of bytes that no call has written.
pub(crate) const FILL: u8 = 0xa5;

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: this object's own mapping, as it was made.
        unsafe { libc::munmap(self.base.cast(), self.len + 2 * self.page) };
    }
}

/// The control: an access one byte before or after faults, and so does a write into an input.
#[test]
fn a_touch_too_far_is_a_fault() {
    let mut guarded = Guarded::new(10);
    let start = guarded.input(Side::Start, b"0123456789");
    let end = guarded.place(Side::End, 10);
    // SAFETY: none of these accesses is sound; each happens in a child process, which dies of it.
    unsafe {
        assert!(!faults(|| _ = black_box(start.read_volatile())));
        assert!(faults(|| _ = black_box(start.wrapping_sub(1).read_volatile())));
        assert!(!faults(|| _ = black_box(end.wrapping_add(9).read_volatile())));
        assert!(faults(|| _ = black_box(end.wrapping_add(10).read_volatile())));
        assert!(faults(|| start.cast_mut().write_volatile(0)));
    }
}

/// True if a child process that calls `touch` dies of a memory fault.
fn faults(touch: impl FnOnce()) -> bool {
    // SAFETY: the child only calls `touch` and exits.
    unsafe {
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            libc::signal(libc::SIGSEGV, libc::SIG_DFL);
            touch();
            libc::_exit(0);
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &mut status, 0), child);
        libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGSEGV
    }
}
