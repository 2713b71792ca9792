// SPDX-License-Identifier: LGPL-2.0-or-later
//! Sockets as the proxy wants them.

use core::ffi::c_int;

use crate::{
    layout::net_events::mode::{IPV6, IPV6_ONLY, REUSE, UDP},
    sys::{
        errno,
        socket::{self, Address, Socket},
    },
};

/// What failed; the cause is in errno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    Socket,
    Ipv6Only,
    Nonblocking,
    Bind,
    Connect,
    /// Nothing is said of these: listening, and a mode of the other family.
    Silently,
}

/// A buffer of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buffer {
    Send,
    Receive,
}

impl Buffer {
    fn option(self) -> c_int {
        match self {
            Self::Send => libc::SO_SNDBUF,
            Self::Receive => libc::SO_RCVBUF,
        }
    }
}

/// The size that is asked for.
const GREATEST: c_int = 1 << 24;

/// The size of a socket's buffer before, and the size that was asked for last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Enlarged {
    pub(crate) old: c_int,
    pub(crate) new: c_int,
}

/// Makes a socket's buffer as large as the system allows: it gives what it allows of a request that is too great. `None` if the
/// size cannot be read; the cause is in errno.
pub(crate) fn enlarge(fd: c_int, buffer: Buffer) -> Option<Enlarged> {
    let old = socket::get(fd, libc::SOL_SOCKET, buffer.option())?;
    let is_greater = old <= GREATEST && socket::set(fd, libc::SOL_SOCKET, buffer.option(), GREATEST);
    Some(Enlarged { old, new: if is_greater { GREATEST } else { old } })
}

/// How a socket is opened.
pub(crate) struct Opener<F> {
    pub(crate) mode: c_int,
    /// Whether the buffers of TCP sockets are enlarged, too.
    pub(crate) large_buffers: bool,
    /// Enlarges a buffer, and tells the log.
    pub(crate) enlarge: F,
}

/// A socket of a mode.
pub(crate) fn open(mode: c_int, nonblocking: bool) -> Result<Socket, Failed> {
    let family = if mode & IPV6 == 0 { libc::AF_INET } else { libc::AF_INET6 };
    let kind = if mode & UDP == 0 { libc::SOCK_STREAM } else { libc::SOCK_DGRAM };
    let socket = Socket::new(family, kind).ok_or(Failed::Socket)?;
    if mode & IPV6 != 0 {
        let only = (mode & IPV6_ONLY != 0).into();
        socket.set(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, only).then_some(()).ok_or(Failed::Ipv6Only)?;
    }
    if nonblocking {
        socket.set_nonblocking().then_some(()).ok_or(Failed::Nonblocking)?;
    }
    Ok(socket)
}

impl<F: Fn(c_int, Buffer)> Opener<F> {
    fn enlarge_both(&self, socket: &Socket) {
        (self.enlarge)(socket.fd(), Buffer::Send);
        (self.enlarge)(socket.fd(), Buffer::Receive);
    }

    /// A socket with the options that all have. An option that the system refuses is done without.
    fn open(&self) -> Result<Socket, Failed> {
        let socket = open(self.mode, true)?;
        if self.mode & UDP != 0 {
            self.enlarge_both(&socket);
        } else {
            socket.set(libc::SOL_SOCKET, libc::SO_REUSEADDR, 1);
            if self.large_buffers {
                self.enlarge_both(&socket);
            }
            socket.set(libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1);
            socket.set(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
        }
        Ok(socket)
    }

    /// A socket that listens, or receives datagrams; with IPv6 on every address.
    pub(crate) fn server(&self, port: u16, address: [u8; 4], backlog: c_int) -> Result<c_int, Failed> {
        let socket = self.open()?;
        if self.mode & UDP != 0 {
            socket.set(libc::SOL_IP, libc::IP_RECVERR, 1);
        }
        if self.mode & REUSE != 0 {
            socket.set(libc::SOL_SOCKET, libc::SO_REUSEADDR, 1);
        }
        let address = if self.mode & IPV6 == 0 { Address::V4(address) } else { Address::V6([0; 16]) };
        if !socket.bind(address, port) {
            return Err(Failed::Bind);
        }
        if self.mode & UDP == 0 && !socket.listen(backlog) {
            return Err(Failed::Silently);
        }
        Ok(socket.into_fd())
    }

    /// A socket that connects to an IPv4 address, from `own` if that is given.
    pub(crate) fn client(&self, address: [u8; 4], port: u16, own: Option<[u8; 4]>) -> Result<c_int, Failed> {
        if self.mode & IPV6 != 0 {
            return Err(Failed::Silently);
        }
        let socket = self.open()?;
        if self.mode & UDP != 0 {
            socket.set(libc::SOL_IP, libc::IP_RECVERR, 1);
        } else {
            for (option, value) in
                [(libc::TCP_KEEPIDLE, 40), (libc::TCP_KEEPINTVL, 40), (libc::TCP_KEEPCNT, 5)]
            {
                socket.set(libc::IPPROTO_TCP, option, value);
            }
        }
        if own.is_some_and(|own| !socket.bind(Address::V4(own), 0)) {
            return Err(Failed::Bind);
        }
        connect(socket, Address::V4(address), port)
    }

    /// A socket that connects to an IPv6 address.
    pub(crate) fn client_ipv6(&self, address: [u8; 16], port: u16) -> Result<c_int, Failed> {
        if self.mode & IPV6 == 0 {
            return Err(Failed::Silently);
        }
        connect(self.open()?, Address::V6(address), port)
    }
}

/// A connection that is under way is a success.
fn connect(socket: Socket, address: Address, port: u16) -> Result<c_int, Failed> {
    if socket.connect(address, port) || errno::get() == libc::EINPROGRESS {
        return Ok(socket.into_fd());
    }
    Err(Failed::Connect)
}
