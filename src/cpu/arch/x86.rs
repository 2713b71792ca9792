// SPDX-License-Identifier: LGPL-2.0-or-later
//! `CPUID` and the time-stamp counter.

#[cfg(target_arch = "x86")]
use core::arch::x86::{__cpuid, _rdtsc};
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::{__cpuid, _rdtsc};

/// EBX, ECX and EDX of leaf 1; `None` if the processor has no such leaf.
pub(in crate::cpu) fn cpuid_leaf_1() -> Option<[u32; 3]> {
    // SAFETY: every processor of the architectures Rust calls x86 (Pentium Pro on) and x86-64 has CPUID.
    let leaves = unsafe { __cpuid(0) }.eax;
    if leaves < 1 {
        return None;
    }
    // SAFETY: as above.
    let leaf = unsafe { __cpuid(1) };
    Some([leaf.ebx, leaf.ecx, leaf.edx])
}

/// The time-stamp counter.
#[inline]
pub(in crate::cpu) fn cycle_counter() -> Option<u64> {
    // SAFETY: every such processor has RDTSC, and Linux lets programs use it.
    Some(unsafe { _rdtsc() })
}
