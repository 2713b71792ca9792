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
        // SAFETY: asks for a number.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).expect("a page size");
        let len = room.max(1).next_multiple_of(page);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, wherever the kernel likes, that nothing may touch yet.
        let base = unsafe { libc::mmap(ptr::null_mut(), len + 2 * page, libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(base, libc::MAP_FAILED);
        let mut guarded = Self { base: base.cast(), page, len };
        guarded.writable(true);
        guarded
    }

    /// The bytes between the unmapped pages may be written, or only read.
    fn writable(&mut self, writable: bool) {
        let protection = if writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
        // SAFETY: pages of this object's own mapping.
        assert_eq!(unsafe { libc::mprotect(self.first().cast(), self.len, protection) }, 0);
    }

    fn first(&self) -> *mut u8 {
        self.base.wrapping_add(self.page)
    }

    /// Where `len` bytes at that side start.
    pub(crate) fn place(&self, side: Side, len: usize) -> *mut u8 {
        assert!(len <= self.len);
        match side {
            Side::Start => self.first(),
            Side::End => self.first().wrapping_add(self.len - len),
        }
    }

    /// Places an input there. A write into it faults from now on.
    pub(crate) fn input(&mut self, side: Side, bytes: &[u8]) -> *const u8 {
        let place = self.place(side, bytes.len());
        self.writable(true);
        // SAFETY: inside the writable pages.
        unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        self.writable(false);
        place
    }

    /// Makes room for an output there, in the midst of `FILL`.
    pub(crate) fn output(&mut self, side: Side, len: usize) -> *mut u8 {
        // SAFETY: the writable pages.
        unsafe { self.first().write_bytes(FILL, self.len) };
        self.place(side, len)
    }

    /// What was written to an output, after a look at the bytes beside it.
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

/// What stands where nothing was written.
pub(crate) const FILL: u8 = 0xa5;

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: this object's own mapping, as it was made.
        unsafe { libc::munmap(self.base.cast(), self.len + 2 * self.page) };
    }
}

/// The control: one byte before and one after are really out of reach, and an input cannot be written.
#[test]
fn a_touch_too_far_is_a_fault() {
    let mut guarded = Guarded::new(10);
    let start = guarded.input(Side::Start, b"0123456789");
    let end = guarded.place(Side::End, 10);
    // SAFETY: none of these touches is sound, which is what the child processes die of.
    unsafe {
        assert!(!faults(|| _ = black_box(start.read_volatile())));
        assert!(faults(|| _ = black_box(start.wrapping_sub(1).read_volatile())));
        assert!(!faults(|| _ = black_box(end.wrapping_add(9).read_volatile())));
        assert!(faults(|| _ = black_box(end.wrapping_add(10).read_volatile())));
        assert!(faults(|| start.cast_mut().write_volatile(0)));
    }
}

/// Whether a child process that does this dies of a memory fault.
fn faults(touch: impl FnOnce()) -> bool {
    // SAFETY: the child does nothing but the touch and to end.
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
