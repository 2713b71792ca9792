// SPDX-License-Identifier: LGPL-2.0-or-later
//! The frames that are received: a length, a number, a packet, a checksum.

use super::{HANDSHAKE_NUMBER, NO_HANDSHAKE, NONCE_NUMBER};

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The end that connected.
    Client,
    /// The end that was connected to.
    Server,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The length is not positive, no multiple of 4, or too great.
    Length,
    /// The length is 8 or 12: there is no room for a packet.
    Short,
    /// The checksum does not fit the bytes.
    Checksum,
    /// The number is not the expected one.
    Number,
    /// The expected number is negative, and neither a nonce's nor a handshake's.
    Overflow,
}

impl Refused {
    /// The error that a connection fails with.
    #[must_use]
    pub fn code(self, part: Part) -> i32 {
        match (part, self) {
            (Part::Server, _) | (Part::Client, Self::Length) => -1,
            (Part::Client, Self::Short) => -2,
            (Part::Client, Self::Checksum) => -3,
            (Part::Client, Self::Number) => -4,
            (Part::Client, Self::Overflow) => -5,
        }
    }
}

/// The greatest length in bytes of a nonce's or a handshake's frame: before those, nobody knows who is at the other side.
pub const MAX_HANDSHAKE_FRAME: i32 = 340;
/// The greatest length in bytes of a frame after that: what a proxy can still forward to its clients.
pub const MAX_FRAME: i32 = (1 << 26) - 4;
/// The length in bytes of the smallest frame with a packet.
pub const SMALLEST_FRAME: i32 = 16;

/// What received bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// So many more bytes are needed.
    Needs(i32),
    /// A frame of four bytes, its length alone, which fills up a cipher's block.
    Filler,
    /// A frame of so many bytes.
    Whole(i32),
    /// A length that fails the connection.
    Refused(Refused),
}

/// What frames are measured by.
#[derive(Clone, Copy, Debug)]
pub struct FrameRules {
    /// Which end receives.
    pub part: Part,
    /// The number that is expected next.
    pub expected: i32,
    /// The host's limit of a frame's length in bytes; 0 or less for none.
    pub limit: i32,
}

impl FrameRules {
    /// What `received` bytes begin with. There are at least four, which are `length`.
    #[must_use]
    pub fn look(self, received: i32, length: i32) -> Frame {
        // A server never has taken the two highest bits.
        let bits = if self.part == Part::Server { 0xc000_0003_u32 as i32 } else { 3 };
        if length <= 0 || length & bits != 0 || length > self.greatest() {
            Frame::Refused(Refused::Length)
        } else if length == 4 {
            Frame::Filler
        } else if length < SMALLEST_FRAME {
            Frame::Refused(Refused::Short)
        } else if received < length {
            Frame::Needs(length - received)
        } else {
            Frame::Whole(length)
        }
    }

    fn greatest(self) -> i32 {
        let ours = match self.expected {
            NONCE_NUMBER | HANDSHAKE_NUMBER => MAX_HANDSHAKE_FRAME,
            _ => MAX_FRAME,
        };
        if self.limit > 0 { ours.min(self.limit) } else { ours }
    }
}

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The first one.
    Nonce,
    /// The second one.
    Handshake,
    /// A packet for the host.
    Data,
    /// A number that fails the connection.
    Refused(Refused),
}

/// What the packet with this number is.
#[must_use]
pub fn next_packet(number: i32, expected: i32) -> Next {
    let expected = if expected == NO_HANDSHAKE { 0 } else { expected };
    match number {
        _ if number != expected => Next::Refused(Refused::Number),
        NONCE_NUMBER => Next::Nonce,
        HANDSHAKE_NUMBER => Next::Handshake,
        0.. => Next::Data,
        _ => Next::Refused(Refused::Overflow),
    }
}
