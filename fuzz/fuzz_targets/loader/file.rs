// SPDX-License-Identifier: LGPL-2.0-or-later
//! The config file, and descriptors.

use std::{
    ffi::CString,
    fs::File,
    os::{
        fd::{AsRawFd, FromRawFd},
        unix::fs::FileExt,
    },
};

/// The longest config that is accepted.
pub(crate) const MAX: usize = 16 << 20;

/// A file in memory, with the path under /proc/self/fd that opens it.
pub(crate) struct Config {
    file: File,
    pub(crate) path: CString,
}

impl Config {
    fn new() -> Self {
        // SAFETY: a C string; what is returned is checked.
        let file = unsafe { libc::memfd_create(c"config".as_ptr(), libc::MFD_CLOEXEC) };
        assert!(file >= 0, "no memfd");
        // SAFETY: open, and nobody else's.
        let file = unsafe { File::from_raw_fd(file) };
        let path = CString::new(format!("/proc/self/fd/{}", file.as_raw_fd())).expect("no NUL");
        Self { file, path }
    }

    /// The one instance of this process.
    pub(crate) fn the() -> &'static Self {
        static CONFIG: std::sync::OnceLock<Config> = std::sync::OnceLock::new();
        CONFIG.get_or_init(Self::new)
    }

    /// Rewrites the file: the content, then NULs up to `size`.
    pub(crate) fn put(&self, content: &[u8], size: usize) {
        self.file.set_len(0).expect("truncated");
        self.file.write_all_at(content, 0).expect("written");
        self.file.set_len(size as u64).expect("extended");
    }

    /// A new descriptor, positioned at the start.
    pub(crate) fn open(&self) -> i32 {
        // SAFETY: a C string.
        let fd = unsafe { libc::open(self.path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        assert!(fd >= 0, "the config does not open");
        fd
    }
}

/// The number of the next descriptor that will be opened.
pub(crate) fn lowest_free() -> i32 {
    Config::the();
    // SAFETY: descriptors are numbers.
    let fd = unsafe { libc::dup(0) };
    assert!(fd >= 0, "no standard input");
    close(fd);
    fd
}

pub(crate) fn close(fd: i32) {
    // SAFETY: descriptors are numbers.
    assert_eq!(unsafe { libc::close(fd) }, 0, "closed twice");
}
