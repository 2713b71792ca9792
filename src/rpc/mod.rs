// SPDX-License-Identifier: LGPL-2.0-or-later
//! The RPC protocol over TCP: frames, and the handshake in which two ends agree on encryption and on a checksum.
//!
//! A connection's packets are numbered from [`NONCE_NUMBER`] in each direction: the nonce, the handshake, then data. What is
//! here decides; it holds no connection, and does no arithmetic with keys.
#![forbid(unsafe_code)]

pub mod errors;
pub mod flags;
mod frame;
mod handshake;
mod nonce;
mod rate;
mod send;

pub use frame::{
    Frame, FrameRules, MAX_FRAME, MAX_HANDSHAKE_FRAME, Next, Part, Refused, SMALLEST_FRAME, next_packet,
};
pub use handshake::{HANDSHAKE, HANDSHAKE_ERROR, HANDSHAKE_LEN, Handshake, handshake_error};
pub use nonce::{Dh, Encryption, MAX_EXTRA_KEYS, MAX_NONCE_LEN, NONCE, Nonce, Schema, permissions};
pub use rate::Bucket;
pub use send::{FILLERS, compact_head, frame_head};

/// The numbers of a connection's first two packets.
pub const NONCE_NUMBER: i32 = -2;
/// ... that follow each other.
pub const HANDSHAKE_NUMBER: i32 = -1;
/// What a server's connection without nonce and handshake expects until its first packet, which has the number 0.
pub const NO_HANDSHAKE: i32 = -3;

/// An operation: the other end wants to know whether this one lives.
pub const PING: i32 = 0x5730_a2df;
/// ... and the answer, with the same eight bytes behind it.
pub const PONG: i32 = 0x8430_eaa7_u32 as i32;
