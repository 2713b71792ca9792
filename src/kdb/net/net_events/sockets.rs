// SPDX-License-Identifier: LGPL-2.0-or-later
//! Sockets. A failure is a message and -1.

use core::{
    ffi::{c_int, c_uint},
    sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed},
};

use crate::{
    kdb::{
        common::verbosity,
        engine::engine_state,
        support::{c_text, perror, vkprintf},
    },
    runtime::events::sockets::{Buffer, Failed, Opener, enlarge, open},
};

/// Whether the buffers of TCP sockets are made as large as possible, too.
#[unsafe(no_mangle)]
pub static tcp_maximize_buffers: AtomicI32 = AtomicI32::new(0);

/// Nobody uses it.
#[unsafe(no_mangle)]
pub static settings_addr: AtomicU32 = AtomicU32::new(0);

fn fail(failed: Failed) -> c_int {
    match failed {
        Failed::Socket => perror(c_text!("socket()")),
        Failed::Ipv6Only => perror(c_text!("setting IPV6_V6ONLY")),
        Failed::Nonblocking => perror(c_text!("setting O_NONBLOCK")),
        Failed::Bind => perror(c_text!("bind()")),
        Failed::Connect => perror(c_text!("connect()")),
        Failed::Silently => {}
    }
    -1
}

fn opener(mode: c_int) -> Opener<impl Fn(c_int, Buffer)> {
    Opener { mode, large_buffers: tcp_maximize_buffers.load(Relaxed) != 0, enlarge: enlarge_and_tell }
}

fn enlarge_and_tell(fd: c_int, buffer: Buffer) {
    match (enlarge(fd, buffer), buffer) {
        (Some(sizes), Buffer::Send) => {
            vkprintf!(2, c_text!("<%d send buffer was %d, now %d\n"), fd, sizes.old, sizes.new);
        }
        (Some(sizes), Buffer::Receive) => {
            vkprintf!(2, c_text!(">%d receive buffer was %d, now %d\n"), fd, sizes.old, sizes.new);
        }
        (None, _) if verbosity.load(Relaxed) <= 0 => {}
        (None, Buffer::Send) => perror(c_text!("getsockopt (SO_SNDBUF)")),
        (None, Buffer::Receive) => perror(c_text!("getsockopt (SO_RCVBUF)")),
    }
}

/// Makes a socket's send buffer as large as the system allows. The second argument has no effect.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn maximize_sndbuf(socket_fd: c_int, _max: c_int) {
    enlarge_and_tell(socket_fd, Buffer::Send);
}

/// Makes a socket's receive buffer as large as the system allows. The second argument has no effect.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn maximize_rcvbuf(socket_fd: c_int, _max: c_int) {
    enlarge_and_tell(socket_fd, Buffer::Receive);
}

/// A socket of a mode: 1 for datagrams, 2 for IPv6, 4 for nothing but IPv6.
#[unsafe(no_mangle)]
pub extern "C" fn new_socket(mode: c_int, nonblock: c_int) -> c_int {
    open(mode, nonblock != 0).map_or_else(fail, |socket| socket.into_fd())
}

/// A socket that listens on an address, with IPv6 on all of them; or that receives datagrams there. No message if listening fails.
#[unsafe(no_mangle)]
pub extern "C" fn server_socket(port: c_int, in_addr: c_uint, backlog: c_int, mode: c_int) -> c_int {
    opener(mode).server(port as u16, in_addr.to_ne_bytes(), backlog).unwrap_or_else(fail)
}

/// A socket that connects to an IPv4 address in network byte order, from the engine's own address if that is set. The connection
/// may be under way still. -1, without a message, if the mode is of IPv6.
///
/// # Safety
/// The engine, if there is one, is live.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn client_socket(in_addr: c_uint, port: c_int, mode: c_int) -> c_int {
    // SAFETY: null or the engine, which is live, as the caller promises.
    let own = unsafe { engine_state.load(Relaxed).as_ref() }.map_or(0, |engine| engine.settings_addr);
    let own = (own != 0).then_some(own.to_ne_bytes());
    opener(mode).client(in_addr.to_ne_bytes(), port as u16, own).unwrap_or_else(fail)
}

/// A socket that connects to an IPv6 address. The connection may be under way still. -1, without a message, if the mode is not of
/// IPv6.
///
/// # Safety
/// `in6_addr_ptr` is *readable* for 16 bytes.
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn client_socket_ipv6(
    in6_addr_ptr: *const [u8; 16],
    port: c_int,
    mode: c_int,
) -> c_int {
    // SAFETY: readable, as the caller promises.
    opener(mode).client_ipv6(unsafe { *in6_addr_ptr }, port as u16).unwrap_or_else(fail)
}
