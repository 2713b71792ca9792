// SPDX-License-Identifier: LGPL-2.0-or-later
//! Sockets.

use core::{ffi::c_int, mem};

#[cfg(any(feature = "kdb", test))]
mod stream;

#[cfg(any(feature = "kdb", test))]
pub(crate) use stream::read_into;
#[cfg(feature = "kdb")]
pub(crate) use stream::{accept, own_address, write_from};

use super::{errno, file::close};

/// A socket; dropping it closes it, and leaves errno as it is.
pub(crate) struct Socket(c_int);

/// Where a socket listens or connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    V4([u8; 4]),
    V6([u8; 16]),
}

impl Socket {
    /// `None` after an error. A child that executes another program inherits it.
    pub(crate) fn new(family: c_int, kind: c_int) -> Option<Self> {
        // SAFETY: takes numbers.
        let fd = unsafe { libc::socket(family, kind, 0) };
        // A value without a descriptor must not exist: dropping it would close -1.
        (fd >= 0).then(|| Self(fd))
    }

    pub(crate) fn fd(&self) -> c_int {
        self.0
    }

    /// The descriptor, which stays open.
    pub(crate) fn into_fd(self) -> c_int {
        let fd = self.0;
        mem::forget(self);
        fd
    }

    pub(crate) fn set_nonblocking(&self) -> bool {
        set_nonblocking(self.0)
    }

    pub(crate) fn set(&self, level: c_int, option: c_int, value: c_int) -> bool {
        set(self.0, level, option, value)
    }

    pub(crate) fn bind(&self, address: Address, port: u16) -> bool {
        // SAFETY: an address that is readable for its length.
        with_address(address, port, |address, len| unsafe { libc::bind(self.0, address, len) == 0 })
    }

    pub(crate) fn listen(&self, backlog: c_int) -> bool {
        // SAFETY: takes numbers.
        unsafe { libc::listen(self.0, backlog) == 0 }
    }

    pub(crate) fn connect(&self, address: Address, port: u16) -> bool {
        // SAFETY: an address that is readable for its length.
        with_address(address, port, |address, len| unsafe { libc::connect(self.0, address, len) == 0 })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let cause = errno::get();
        close(self.0);
        errno::set(cause);
    }
}

/// Lets a descriptor's calls not wait.
pub(crate) fn set_nonblocking(fd: c_int) -> bool {
    // SAFETY: takes numbers.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFL, 0);
        flags >= 0 && libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) >= 0
    }
}

/// Sets a socket's option.
pub(crate) fn set(fd: c_int, level: c_int, option: c_int, value: c_int) -> bool {
    let len = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: a number that is readable for its length.
    unsafe { libc::setsockopt(fd, level, option, (&raw const value).cast(), len) == 0 }
}

/// A socket's option; `None` after an error.
pub(crate) fn get(fd: c_int, level: c_int, option: c_int) -> Option<c_int> {
    let mut value: c_int = 0;
    let mut len = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: two places that are writable.
    let result = unsafe { libc::getsockopt(fd, level, option, (&raw mut value).cast(), &raw mut len) };
    (result == 0).then_some(value)
}

fn with_address(
    address: Address,
    port: u16,
    call: impl FnOnce(*const libc::sockaddr, libc::socklen_t) -> bool,
) -> bool {
    match address {
        Address::V4(address) => {
            let address = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: port.to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address) },
                sin_zero: [0; 8],
            };
            call((&raw const address).cast(), size_of_val(&address) as libc::socklen_t)
        }
        Address::V6(address) => {
            let address = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: port.to_be(),
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr { s6_addr: address },
                sin6_scope_id: 0,
            };
            call((&raw const address).cast(), size_of_val(&address) as libc::socklen_t)
        }
    }
}
