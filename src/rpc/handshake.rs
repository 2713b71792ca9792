// SPDX-License-Identifier: LGPL-2.0-or-later
//! The second packet: who both ends are, and which checksum is used from now on.

use super::{
    errors::{WRONG_CHECKSUM, WRONG_FLAGS, WRONG_PEER, WRONG_SENDER},
    flags::CRC32C,
};
use crate::process_id::{Match, ProcessId};

/// The type of a handshake.
pub const HANDSHAKE: i32 = 0x7682_eef5;
/// The type of the packet that says why a handshake is refused.
pub const HANDSHAKE_ERROR: i32 = 0x6a27_beda;
/// The length of a handshake.
pub const HANDSHAKE_LEN: usize = 32;

/// Bits of a handshake that nobody has given a meaning, and that are refused.
const REFUSED_FLAGS: i32 = 0xff;

/// A handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// [`CRC32C`], and what other versions know.
    pub flags: i32,
    /// Who sends it.
    pub sender: ProcessId,
    /// Whom the sender takes the other end for.
    pub peer: ProcessId,
}

fn words(id: &ProcessId) -> [i32; 3] {
    [id.ip as i32, i32::from(id.port as u16) | i32::from(id.pid) << 16, id.utime]
}

fn bytes<const WORDS: usize, const LEN: usize>(words: [i32; WORDS]) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
        if let Some(place) = place.first_chunk_mut() {
            *place = word.to_le_bytes();
        }
    }
    bytes
}

fn id([ip, port_and_pid, utime]: [i32; 3]) -> ProcessId {
    ProcessId { ip: ip as u32, port: port_and_pid as i16, pid: (port_and_pid >> 16) as u16, utime }
}

impl Handshake {
    /// Reads a packet, whose type is known.
    #[must_use]
    pub fn read(packet: &[u8; HANDSHAKE_LEN]) -> Self {
        let mut words = [0; HANDSHAKE_LEN / 4];
        for (word, bytes) in words.iter_mut().zip(packet.chunks_exact(4)) {
            *word = bytes.first_chunk().map_or(0, |bytes| i32::from_le_bytes(*bytes));
        }
        let [_, flags, a, b, c, d, e, f] = words;
        Self { flags, sender: id([a, b, c]), peer: id([d, e, f]) }
    }

    /// The packet.
    #[must_use]
    pub fn write(&self) -> [u8; HANDSHAKE_LEN] {
        let ([a, b, c], [d, e, f]) = (words(&self.sender), words(&self.peer));
        bytes([HANDSHAKE, self.flags, a, b, c, d, e, f])
    }

    /// A server's verdict on a client's handshake: true if both use CRC-32C from now on, or the error. `own` is the server's
    /// identity, which the client must name unless `any_peer` is set; `default_flags` is what the server offers.
    pub fn at_server(&self, own: &ProcessId, any_peer: bool, default_flags: i32) -> Result<bool, i32> {
        if own.matches(&self.peer) == Match::No && !any_peer {
            Err(WRONG_PEER)
        } else if self.flags & REFUSED_FLAGS != 0 {
            Err(WRONG_FLAGS)
        } else {
            Ok(self.flags & default_flags & CRC32C != 0)
        }
    }

    /// A client's verdict on the server's answer, as [`Self::at_server`]. `expected` is whom it connected to, and whom the answer
    /// must be from unless `any_sender` is set.
    pub fn at_client(
        &self,
        own: &ProcessId,
        expected: &ProcessId,
        any_sender: bool,
        default_flags: i32,
    ) -> Result<bool, i32> {
        if self.sender.matches(expected) == Match::No && !any_sender {
            return Err(WRONG_SENDER);
        }
        self.at_server(own, false, default_flags)?;
        match self.flags & CRC32C != 0 {
            true if default_flags & CRC32C == 0 => Err(WRONG_CHECKSUM),
            switches => Ok(switches),
        }
    }
}

/// The packet that says why a handshake is refused.
#[must_use]
pub fn handshake_error(error: i32, sender: &ProcessId) -> [u8; 20] {
    let [a, b, c] = words(sender);
    bytes([HANDSHAKE_ERROR, error, a, b, c])
}
