// SPDX-License-Identifier: LGPL-2.0-or-later
//! The error numbers of a connection whose nonce or handshake is refused; [`Refused::code`](super::Refused::code) has those of
//! frames. The protocol uses some numbers for two reasons.

/// The packet is neither a nonce nor a handshake where one was due.
pub const WRONG_TYPE: i32 = -2;
/// The packet has a wrong length, or names an unknown schema.
pub const WRONG_LENGTH: i32 = -3;
/// Both ends have no key in common.
pub const WRONG_KEY: i32 = -3;
/// The handshake names another process as its receiver.
pub const WRONG_PEER: i32 = -4;
/// The host does not allow the encryption, or the plain text, that the other end wants.
pub const NOT_ALLOWED: i32 = -5;
/// The clocks differ by more than 30 seconds, or no keys could be made.
pub const NO_KEYS: i32 = -6;
/// The handshake names another process as its sender.
pub const WRONG_SENDER: i32 = -6;
/// The nonce lacks the Diffie-Hellman that is required, or uses another group.
pub const NO_DH: i32 = -7;
/// The handshake has a flag that must be 0.
pub const WRONG_FLAGS: i32 = -7;
/// The server's Diffie-Hellman number is not good ([`is_good`](crate::crypto::is_good)).
pub const BAD_NUMBER: i32 = -8;
/// The server chose CRC-32C, which the client did not offer.
pub const WRONG_CHECKSUM: i32 = -8;
/// The connection sent HTTP, and the host's HTTP server did not accept it.
pub const NO_HTTP: i32 = -33;
