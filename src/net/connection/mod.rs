// SPDX-License-Identifier: LGPL-2.0-or-later
//! The life of a connection and of its socket, from values alone: what the bits of their flags mean, and what comes next.
//!
//! A connection is two jobs: its own, which parses and encrypts, and its socket's, which reads and writes. Each has a word of
//! flags, with the same bits. Bits are set by any thread, and cleared by the job that they are about.
#![forbid(unsafe_code)]

pub mod accept;
pub mod nat;
pub mod target;

use crate::net::{EVT_READ, EVT_SPEC, EVT_WRITE};

/// The bits of both words.
pub mod flag {
    /// The socket shall be read, and written.
    pub const WANT_READ: i32 = 1;
    /// See [`WANT_READ`].
    pub const WANT_WRITE: i32 = 2;
    /// It failed: for ever.
    pub const ERROR: i32 = 8;
    /// The socket has nothing to read, or no room: epoll will tell.
    pub const NO_READ: i32 = 0x10;
    /// See [`NO_READ`].
    pub const NO_WRITE: i32 = 0x20;
    /// A connection that failed was closed.
    pub const FAILED: i32 = 0x80;
    /// Cleared with the timeout.
    pub const ALARM: i32 = 0x100;
    /// Nothing more is read.
    pub const STOP_READ: i32 = 0x800;
    /// Ours, of a socket: a target has made its connection, which is not closed for what it holds.
    pub const OF_TARGET: i32 = 0x1000;
    /// Its addresses are of IPv6.
    pub const IPV6: i32 = 0x4000;
    /// From the type, and from the listener.
    pub const EXTERNAL: i32 = 0x8000;
    /// It counts among the special ones.
    pub const SPECIAL: i32 = 0x1_0000;
    /// Of a listener: acknowledgements need not be quick.
    pub const NO_QUICK_ACK: i32 = 0x2_0000;
    /// It has messages: all do.
    pub const RAW: i32 = 0x4_0000;
    /// The socket's end was seen, and will be handled.
    pub const NET_FAILED: i32 = 0x8_0000;
    /// Nothing more is parsed.
    pub const STOP_PARSE: i32 = 0x40_0000;
    /// It counts among those with a key exchange.
    pub const DH: i32 = 0x80_0000;
    /// Its connection came about, and its job does not know it yet.
    pub const READY_PENDING: i32 = 0x100_0000;
    /// Its connection came about.
    pub const CONNECTED: i32 = 0x200_0000;
    /// It is closed once all is written.
    pub const STOP_WRITE: i32 = 0x400_0000;
    /// Its bytes are in records of TLS.
    pub const TLS: i32 = 0x800_0000;
}

use flag::{
    CONNECTED, ERROR, NET_FAILED, NO_READ, NO_WRITE, READY_PENDING, STOP_READ, WANT_READ, WANT_WRITE,
};

/// Whether a socket is read now.
#[inline]
#[must_use]
pub fn may_read(flags: i32) -> bool {
    flags & (WANT_READ | NO_READ | STOP_READ | ERROR | NET_FAILED) == WANT_READ
}

/// Whether a socket is written now.
#[inline]
#[must_use]
pub fn may_write(flags: i32) -> bool {
    flags & (WANT_WRITE | NO_WRITE | ERROR | NET_FAILED) == WANT_WRITE
}

/// Whether a connection counts as active.
#[must_use]
pub fn is_active(flags: i32) -> bool {
    flags & CONNECTED != 0 && flags & READY_PENDING == 0
}

/// What a socket waits for: all, edge-triggered, until it fails.
#[inline]
#[must_use]
pub fn events(flags: i32) -> i32 {
    if flags & ERROR != 0 { 0 } else { EVT_READ | EVT_WRITE | EVT_SPEC }
}

/// The flags of a new socket. Epoll tells when there is something to read: nobody needs to try before. A socket that still
/// connects has no room either; epoll tells then that it has.
#[must_use]
pub fn new_socket(is_connected: bool) -> i32 {
    WANT_READ | WANT_WRITE | NO_READ | if is_connected { CONNECTED } else { NO_WRITE }
}

/// The bits that a socket loses whose connection came about, and those that it gets.
///
/// What others have set meanwhile stays, where the original forgets even that the socket has failed.
pub const AT_CONNECT: (i32, i32) = (WANT_WRITE, WANT_READ | CONNECTED);

/// The bits that a socket loses that waits for `state`, and is ready for `ready`.
#[inline]
#[must_use]
pub fn woken(state: i32, ready: i32) -> i32 {
    let both = state & ready;
    (if both & EVT_READ != 0 { NO_READ } else { 0 }) | if both & EVT_WRITE != 0 { NO_WRITE } else { 0 }
}

/// The flags of a connection after its job has learnt that it came about; none if it has failed before. This is one change of the
/// word: then its target, which looks at the word of a connection that failed, agrees on whether it was active.
#[must_use]
pub fn came_about(flags: i32) -> Option<i32> {
    (flags & ERROR == 0).then_some(flags & !READY_PENDING)
}

/// What epoll says of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It can be read or written.
    Ready,
    /// It has an error.
    Broken,
    /// The other side has closed it, or half of it; or has sent an urgent byte, which nobody expects.
    Ended {
        /// An urgent byte.
        urgent: bool,
    },
}

// The kernel's values, the same on every architecture.
const EPOLLPRI: i32 = 0x2;
const EPOLLERR: i32 = 0x8;
const EPOLLHUP: i32 = 0x10;
const EPOLLRDHUP: i32 = 0x2000;

/// What epoll's bits say.
#[inline]
#[must_use]
pub fn heard(bits: i32) -> Heard {
    if bits & EPOLLERR != 0 {
        Heard::Broken
    } else if bits & (EPOLLHUP | EPOLLRDHUP | EPOLLPRI) != 0 {
        Heard::Ended { urgent: bits & EPOLLPRI != 0 }
    } else {
        Heard::Ready
    }
}

/// Receive buffers of one turn: no more are read before the connection's job had the chance to look at what there is.
pub const BUFFERS_OF_A_TURN: usize = 128;
/// Receive buffers that a read is offered where nothing is known of the connection.
const FIRST_OFFER: usize = 4;
/// Messages in a connection's queue, of a turn each at most, above which its socket is not read.
pub const MOST_WAITING: i32 = 4;

/// How many receive buffers a read is offered: twice what the last one filled, but few at first, and no more than are left of
/// the turn. The kernel looks at each of them, even at those that stay empty.
#[inline]
#[must_use]
pub fn offer(last_filled: usize, left: usize) -> usize {
    last_filled.saturating_mul(2).max(FIRST_OFFER).min(left)
}

/// What a failed connection counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Closed on purpose, because nobody used it; else it failed.
    pub unused: bool,
    /// It failed before it was active.
    pub at_connect: bool,
}

/// The error of a connection that nobody uses.
pub const UNUSED: i32 = -17;

/// What a connection with this error and these flags counts as.
#[must_use]
pub fn closed(error: i32, flags: i32) -> Closed {
    let unused = error == UNUSED;
    Closed { unused, at_connect: !unused && !is_active(flags) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_socket_neither_reads_nor_writes() {
        for bad in [ERROR, NET_FAILED] {
            assert!(!may_read(WANT_READ | bad) && !may_write(WANT_WRITE | bad));
        }
        assert!(may_read(WANT_READ | NO_WRITE) && may_write(WANT_WRITE | NO_READ | STOP_READ));
        assert!(!may_read(WANT_READ | STOP_READ) && !may_read(WANT_READ | NO_READ) && !may_read(WANT_WRITE));
        assert!(!may_write(WANT_WRITE | NO_WRITE) && !may_write(WANT_READ));
        assert_eq!(events(ERROR | WANT_READ), 0);
        assert_eq!(events(WANT_READ), EVT_READ | EVT_WRITE | EVT_SPEC);
    }

    #[test]
    fn new_socket_waits_for_epoll_to_read() {
        let new = new_socket(true);
        assert!(!may_read(new) && may_write(new) && new & CONNECTED != 0);
        assert!(may_read(new & !woken(EVT_READ | EVT_WRITE, EVT_READ)));
        assert!(new_socket(false) & CONNECTED == 0 && !may_write(new_socket(false)));
    }

    #[test]
    fn what_was_set_before_the_connection_came_about_stays() {
        let (lost, gained) = AT_CONNECT;
        let flags = (new_socket(false) | ERROR | STOP_READ | flag::STOP_WRITE) & !lost | gained;
        assert_eq!(flags & (ERROR | STOP_READ | flag::STOP_WRITE), ERROR | STOP_READ | flag::STOP_WRITE);
        assert!(flags & CONNECTED != 0 && flags & WANT_WRITE == 0 && !may_read(flags));
    }

    #[test]
    fn connection_that_failed_first_was_never_active() {
        let pending = CONNECTED | READY_PENDING | flag::RAW;
        assert_eq!(came_about(pending), Some(CONNECTED | flag::RAW));
        assert!(is_active(came_about(pending).unwrap()));
        assert_eq!(came_about(pending | ERROR), None);
        assert!(!is_active(pending | ERROR));
    }

    #[test]
    fn readiness_counts_where_it_is_waited_for() {
        assert_eq!(woken(EVT_READ, EVT_READ | EVT_WRITE), NO_READ);
        assert_eq!(woken(EVT_READ | EVT_WRITE, EVT_WRITE), NO_WRITE);
        assert_eq!(woken(0, EVT_READ | EVT_WRITE), 0);
    }

    #[test]
    fn an_error_comes_before_an_end() {
        assert_eq!(heard(EPOLLERR | EPOLLHUP), Heard::Broken);
        assert_eq!(heard(EPOLLRDHUP | 1), Heard::Ended { urgent: false });
        assert_eq!(heard(EPOLLPRI), Heard::Ended { urgent: true });
        assert_eq!(heard(5), Heard::Ready);
    }

    #[test]
    fn few_buffers_are_offered_first() {
        assert_eq!(offer(0, BUFFERS_OF_A_TURN), FIRST_OFFER);
        assert_eq!(offer(9, BUFFERS_OF_A_TURN), 18);
        assert_eq!(offer(100, BUFFERS_OF_A_TURN), BUFFERS_OF_A_TURN);
        assert_eq!(offer(4, 3), 3);
        assert_eq!(offer(usize::MAX, 7), 7);
    }

    #[test]
    fn closing_on_purpose_is_no_failure() {
        assert_eq!(closed(UNUSED, 0), Closed { unused: true, at_connect: false });
        assert_eq!(closed(-200, CONNECTED), Closed { unused: false, at_connect: false });
        assert_eq!(closed(-200, CONNECTED | READY_PENDING), Closed { unused: false, at_connect: true });
        assert_eq!(closed(-200, 0), Closed { unused: false, at_connect: true });
    }
}
