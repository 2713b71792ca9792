// SPDX-License-Identifier: LGPL-2.0-or-later
//! Checksums by the instructions of the CPU, chosen at run time, so that one build serves every machine.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(not(target_arch = "x86_64"))]
mod feed;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
mod other;
#[cfg(target_arch = "x86_64")]
#[cfg_attr(
    mtproxy_ffi_wide,
    allow(
        clippy::incompatible_msrv,
        reason = "the wide paths are compiled from Rust 1.89 on only: see build.rs"
    )
)]
mod x86_64;

#[cfg(target_arch = "aarch64")]
use aarch64::fold_by;
#[cfg(target_arch = "aarch64")]
pub(super) use aarch64::{crc32, crc32c, crc64};
#[cfg(not(target_arch = "x86_64"))]
pub(super) use feed::{crc64_by, fold_up, register_by};
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
use other::fold_by;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
pub(super) use other::{crc32, crc32c, crc64};
#[cfg(target_arch = "x86_64")]
pub(super) use x86_64::{crc32, crc32c, crc64, crc64_by, fold_up, register_by};
