// SPDX-License-Identifier: LGPL-2.0-or-later
//! Sockets of connections.

use core::{ffi::c_int, mem::MaybeUninit};

#[cfg(feature = "kdb")]
use super::Address;

/// Reads with one system call. Returns how many bytes; 0 at the end, -1 after an error.
///
/// # Safety
/// `count` entries are readable, and what they describe is writable.
pub(crate) unsafe fn read_into(fd: c_int, entries: *const libc::iovec, count: c_int) -> isize {
    // SAFETY: as the caller promises.
    unsafe { libc::readv(fd, entries, count) }
}

/// Writes with one system call. Returns how many bytes; -1 after an error.
///
/// # Safety
/// `count` entries are readable, and so is what they describe.
#[cfg(feature = "kdb")]
pub(crate) unsafe fn write_from(fd: c_int, entries: *const libc::iovec, count: c_int) -> isize {
    // SAFETY: as the caller promises.
    unsafe { libc::writev(fd, entries, count) }
}

/// Accepts a connection, which does not block. Returns its descriptor, and who is at the other side: `None` where the kernel
/// says nothing that is known here. -1 after an error.
#[cfg(feature = "kdb")]
pub(crate) fn accept(fd: c_int) -> (c_int, Option<(Address, u16)>) {
    let mut accepted = -1;
    let peer = name(|place, len| {
        // SAFETY: two places, of which the second says how much room the first has.
        accepted = unsafe { libc::accept4(fd, place, len, libc::SOCK_NONBLOCK) };
        accepted >= 0
    });
    (accepted, peer)
}

/// The address of this side.
#[cfg(feature = "kdb")]
pub(crate) fn own_address(fd: c_int) -> Option<(Address, u16)> {
    // SAFETY: two places, of which the second says how much room the first has.
    name(|place, len| unsafe { libc::getsockname(fd, place, len) == 0 })
}

/// The address that a system call writes.
#[cfg(feature = "kdb")]
fn name(call: impl FnOnce(*mut libc::sockaddr, *mut libc::socklen_t) -> bool) -> Option<(Address, u16)> {
    let mut place = MaybeUninit::<libc::sockaddr_in6>::zeroed();
    let mut len = size_of::<libc::sockaddr_in6>() as libc::socklen_t;
    if !call(place.as_mut_ptr().cast(), &raw mut len) {
        return None;
    }
    // SAFETY: zeros, and what the kernel wrote over them; the larger of the two structs has room for both, and numbers alone.
    unsafe {
        let v6 = place.assume_init();
        match c_int::from(v6.sin6_family) {
            libc::AF_INET6 => Some((Address::V6(v6.sin6_addr.s6_addr), u16::from_be(v6.sin6_port))),
            libc::AF_INET => {
                let v4 = place.as_ptr().cast::<libc::sockaddr_in>().read();
                Some((Address::V4(v4.sin_addr.s_addr.to_ne_bytes()), u16::from_be(v4.sin_port)))
            }
            _ => None,
        }
    }
}
