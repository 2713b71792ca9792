// SPDX-License-Identifier: LGPL-2.0-or-later
//! What a connection fails with whose nonce or handshake is refused. Some numbers mean more than one thing.

/// A packet of another type.
pub const WRONG_TYPE: i32 = -2;
/// A wrong length, or an unknown schema.
pub const WRONG_LENGTH: i32 = -3;
/// Both ends have no key in common.
pub const WRONG_KEY: i32 = -3;
/// The handshake is for another process.
pub const WRONG_PEER: i32 = -4;
/// What the other end wants is not allowed.
pub const NOT_ALLOWED: i32 = -5;
/// The clocks differ too much, or there are no keys.
pub const NO_KEYS: i32 = -6;
/// The handshake is of another process.
pub const WRONG_SENDER: i32 = -6;
/// No Diffie-Hellman, or with another group.
pub const NO_DH: i32 = -7;
/// Flags that nobody knows.
pub const WRONG_FLAGS: i32 = -7;
/// A number of Diffie-Hellman that is not good.
pub const BAD_NUMBER: i32 = -8;
/// A checksum that was not offered.
pub const WRONG_CHECKSUM: i32 = -8;
/// What a server's connection becomes that speaks HTTP does not want it.
pub const NO_HTTP: i32 = -33;
