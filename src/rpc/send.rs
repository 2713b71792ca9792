// SPDX-License-Identifier: LGPL-2.0-or-later
//! The frames that are sent.

use super::flags::{MEDIUM, PADDED};

/// What is behind the last frame, up to a whole block of a cipher: frames of four bytes, which mean nothing.
pub const FILLERS: [u8; 12] = [4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0];

/// What stands before a packet: the length of the frame, with the checksum that follows, and the packet's number.
#[must_use]
pub fn frame_head(packet_len: i32, number: i32) -> [u8; 8] {
    let [a, b, c, d] = packet_len.wrapping_add(12).to_le_bytes();
    let [e, f, g, h] = number.to_le_bytes();
    [a, b, c, d, e, f, g, h]
}

/// What stands before a packet for a client of the proxy, and how many bytes of it count; `None` where the length cannot be
/// said: 2^26 or more, or, without a random tail, no multiple of four.
#[must_use]
pub fn compact_head(packet_len: i32, flags: i32) -> Option<([u8; 4], i32)> {
    /// The longest packet whose length in words takes one byte.
    const SHORT: i32 = 0x7e * 4;
    if !(0..1 << 26).contains(&packet_len) || (flags & PADDED == 0 && packet_len & 3 != 0) {
        return None;
    }
    Some(match packet_len {
        _ if flags & MEDIUM != 0 => (packet_len.to_le_bytes(), 4),
        ..=SHORT => ((packet_len >> 2).to_le_bytes(), 1),
        _ => (((packet_len << 6) | 0x7f).to_le_bytes(), 4),
    })
}
