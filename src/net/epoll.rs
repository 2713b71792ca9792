// SPDX-License-Identifier: LGPL-2.0-or-later
//! Conversion between the proxy's event flags and epoll's bits.
#![forbid(unsafe_code)]

/// Event flag: urgent data, or the peer has closed its half.
pub const EVT_SPEC: i32 = 1;
/// Event flag: writable.
pub const EVT_WRITE: i32 = 2;
/// Event flag: readable.
pub const EVT_READ: i32 = 4;
/// Event flag: level-triggered.
pub const EVT_LEVEL: i32 = 8;
/// Event flag: reported by epoll.
pub const EVT_FROM_EPOLL: i32 = 0x400;

// The kernel's values, the same on every architecture.
const EPOLLIN: i32 = 0x1;
const EPOLLPRI: i32 = 0x2;
const EPOLLOUT: i32 = 0x4;
const EPOLLERR: i32 = 0x8;
const EPOLLRDHUP: i32 = 0x2000;
const EPOLLET: i32 = i32::MIN;

/// Pairs of an event flag and its epoll bits, for both directions.
const CONVERSION: [(i32, i32); 3] =
    [(EVT_READ, EPOLLIN), (EVT_WRITE, EPOLLOUT), (EVT_SPEC, EPOLLRDHUP | EPOLLPRI)];

/// The epoll bits for event flags: 0 for 0, else always `EPOLLERR`, and `EPOLLET` unless [`EVT_LEVEL`] is set.
///
/// Legacy: `epoll_conv_flags`.
///
/// ```
/// use mtproxy_ffi::net::{EVT_LEVEL, EVT_READ, epoll_conv_flags};
///
/// assert_eq!(epoll_conv_flags(EVT_READ | EVT_LEVEL), 0x9); // EPOLLIN | EPOLLERR
/// ```
#[must_use]
pub fn epoll_conv_flags(flags: i32) -> i32 {
    if flags == 0 {
        return 0;
    }
    let edge = if flags & EVT_LEVEL == 0 { EPOLLET } else { 0 };
    CONVERSION
        .iter()
        .filter(|(event, _)| flags & event != 0)
        .fold(EPOLLERR | edge, |bits, (_, epoll)| bits | epoll)
}

/// The event flags for epoll bits: always [`EVT_FROM_EPOLL`]; `EPOLLERR` reads as [`EVT_READ`].
///
/// Legacy: `epoll_unconv_flags`.
#[must_use]
pub fn epoll_unconv_flags(epoll_flags: i32) -> i32 {
    let error = if epoll_flags & EPOLLERR == 0 { 0 } else { EVT_READ };
    CONVERSION
        .iter()
        .filter(|(_, epoll)| epoll_flags & epoll != 0)
        .fold(EVT_FROM_EPOLL | error, |flags, (event, _)| flags | event)
}
