// SPDX-License-Identifier: LGPL-2.0-or-later
//! CRC-32 and CRC-32C, which the proxy's protocol uses, CRC-64, and arithmetic with checksums: combining them, and repairing
//! a block with one wrong bit.
//!
//! The `*_partial` functions take and return the *raw* shift register, so that a message can be fed in pieces
//! and checksums of either convention can be built on top; [`crc32`], [`crc32c`] and [`crc64`] invert at both
//! ends and give the usual checksum.
//!
//! Length and CPU decide the path: a few bytes are looked up in tables or fed to the CPU's CRC instruction; longer inputs
//! are folded by carry-less multiplication, in the widest registers of the CPU, or run through several streams of the
//! instruction.
#![deny(unsafe_code)] // `forbid` everywhere below but in `arch`

#[allow(unsafe_code, reason = "CPU instructions")]
#[allow(
    unused_unsafe,
    reason = "many intrinsics are safe to call from Rust 1.87 on; 1.85 still wants `unsafe`"
)]
mod arch;
mod clmul;
mod combine;
mod crc32;
mod crc32c;
mod crc64;
pub mod gf32;
mod polynomial;
mod repair;
mod tables;

pub use combine::{crc32_combine, crc32c_combine, crc64_combine};
pub use crc32::{crc32, crc32_partial};
pub use crc32c::{crc32c, crc32c_partial};
pub use crc64::{crc64, crc64_feed_byte, crc64_partial};
pub use repair::{
    NoSuchBit, Verdict, bit_place, check_and_repair, diagnose, find_corrupted_bit, repair_bit, search_side,
};
