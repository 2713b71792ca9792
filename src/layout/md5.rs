// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/md5.h`.

use core::ffi::c_ulong;

const BLOCK: usize = 64;

/// A digest in progress, in the caller's memory.
#[repr(C)]
pub struct Md5Context {
    /// The number of bytes fed, as two 32-bit halves, low first.
    pub(crate) total: [c_ulong; 2],
    pub(crate) state: [c_ulong; 4],
    pub(crate) buffer: [u8; BLOCK],
    pub(crate) ipad: [u8; BLOCK],
    pub(crate) opad: [u8; BLOCK],
}
