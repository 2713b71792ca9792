//! CRC-32 and CRC-32C, as the wire protocol of the proxy uses them.
//!
//! The `*_partial` functions take and return the *raw* shift register, so that a message can be fed in pieces
//! and checksums of either convention can be built on top; [`crc32`] and [`crc32c`] invert at both ends and give
//! the usual checksum.
//!
//! Both are chosen by length: a few bytes are looked up in tables or fed to the CPU's own instruction; longer inputs
//! are folded by carry-less multiplication, as wide as the CPU can.
#![deny(unsafe_code)] // `forbid` everywhere below but in `arch`

#[allow(unsafe_code)]
mod arch;
mod crc32;
mod crc32c;
mod polynomial;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable;
mod tables;

pub use crc32::{crc32, crc32_partial};
pub use crc32c::{crc32c, crc32c_partial};
