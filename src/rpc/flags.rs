// SPDX-License-Identifier: LGPL-2.0-or-later
//! Bits of `crypto_flags` and, from [`COMPACT`] on, of `flags` in C's `struct tcp_rpc_data`.

/// Packets need not be encrypted.
pub const PLAIN: i32 = 1;
/// Packets may be encrypted.
pub const ENCRYPTED: i32 = 2;
/// Keys must come from Diffie-Hellman.
pub const DH: i32 = 4;
/// With [`DH`]: keys may come from the secret alone if the other end offers no Diffie-Hellman.
pub const DH_OPTIONAL: i32 = 8;
/// The bits that count in the answer of a host's `rpc_check_perm`.
pub const PERMISSIONS: i32 = PLAIN | ENCRYPTED | DH | DH_OPTIONAL;
/// The nonce was sent.
pub const NONCE_SENT: i32 = 16;
/// The highest bit of a frame's length asks for a quick acknowledgement.
pub const QUICK_ACK: i32 = 512;
/// Checksums are CRC-32C instead of CRC-32.
pub const CRC32C: i32 = 2048;

/// The connection's frames have heads of one or four bytes.
pub const COMPACT: i32 = 0x4000_0000;
/// The connection's frames have heads of four bytes.
pub const MEDIUM: i32 = 0x2000_0000;
/// The connection's frames end in 0 to 3 random bytes.
pub const PADDED: i32 = 0x0800_0000;
/// The last frame asked for a quick acknowledgement.
pub const QUICK_ACK_ASKED: i32 = i32::MIN;
