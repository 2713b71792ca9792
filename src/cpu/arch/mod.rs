// SPDX-License-Identifier: LGPL-2.0-or-later
//! Instructions that identify the processor and read its counter.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;

#[cfg(target_arch = "aarch64")]
pub(super) use aarch64::{counter_rate, cycle_counter};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub(super) use x86::{cpuid_leaf_1, cycle_counter};

/// Only x86 has `CPUID`.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
pub(super) fn cpuid_leaf_1() -> Option<[u32; 3]> {
    None
}

/// No counter that a program may read.
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86", target_arch = "x86_64")))]
pub(super) fn cycle_counter() -> Option<u64> {
    None
}
