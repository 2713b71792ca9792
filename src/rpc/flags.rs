// SPDX-License-Identifier: LGPL-2.0-or-later
//! Bits of what an end of a connection allows or has agreed on.

/// Packets need not be encrypted.
pub const PLAIN: i32 = 1;
/// Packets may be encrypted.
pub const ENCRYPTED: i32 = 2;
/// Keys must come from Diffie-Hellman.
pub const DH: i32 = 4;
/// ... or need not, if the other end cannot.
pub const DH_OPTIONAL: i32 = 8;
/// What a host may answer when it is asked about a connection.
pub const PERMISSIONS: i32 = PLAIN | ENCRYPTED | DH | DH_OPTIONAL;
/// The nonce was sent.
pub const NONCE_SENT: i32 = 16;
/// The highest bit of a frame's length asks for a quick acknowledgement.
pub const QUICK_ACK: i32 = 512;
/// Checksums are CRC-32C instead of CRC-32.
pub const CRC32C: i32 = 2048;

/// Of a connection: its frames have heads of one or four bytes.
pub const COMPACT: i32 = 0x4000_0000;
/// ... of four bytes.
pub const MEDIUM: i32 = 0x2000_0000;
/// ... and a random tail.
pub const PADDED: i32 = 0x0800_0000;
/// The last frame asked for a quick acknowledgement.
pub const QUICK_ACK_ASKED: i32 = i32::MIN;
