// SPDX-License-Identifier: LGPL-2.0-or-later
//! What the kernel says about a path.

use core::{ffi::CStr, mem::MaybeUninit};

/// What a path names.
#[derive(Clone, Copy)]
pub(crate) struct Status {
    /// A regular file.
    pub(crate) regular: bool,
    /// Its size in bytes.
    pub(crate) size: i64,
    /// When it was last changed, in Unix seconds.
    pub(crate) changed: i64,
}

impl Status {
    /// Asks the kernel; `None` where it refuses.
    pub(crate) fn of(path: &CStr) -> Option<Self> {
        let mut status = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: a C string, and a place that is writable.
        if unsafe { libc::stat(path.as_ptr(), status.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: the call succeeded, so it filled the place.
        let status = unsafe { status.assume_init() };
        #[allow(clippy::unnecessary_cast, reason = "both numbers have 32 bits on some machines")]
        Some(Self {
            regular: status.st_mode & libc::S_IFMT == libc::S_IFREG,
            size: status.st_size as i64,
            changed: status.st_mtime as i64,
        })
    }
}
