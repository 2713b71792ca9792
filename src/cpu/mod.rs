// SPDX-License-Identifier: LGPL-2.0-or-later
//! The processor's identification, and its cycle counter.
#![deny(unsafe_code)] // `forbid` everywhere but in `arch`

#[allow(unsafe_code, reason = "CPU instructions")]
#[allow(
    unused_unsafe,
    reason = "the intrinsics became safe to call one by one; Rust 1.85 still wants `unsafe`"
)]
mod arch;

/// The value of `magic` (0x280147b8).
pub const CPUID_MAGIC: i32 = 0x280147b8;

/// Leaf 1 of the x86 `CPUID` instruction: the processor's signature and features.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuId {
    /// `CPUID_MAGIC`: the structure is filled.
    pub magic: i32,
    /// Register EBX; its top byte is the number of the core.
    pub ebx: i32,
    /// Register ECX.
    pub ecx: i32,
    /// Register EDX.
    pub edx: i32,
}

/// Reads leaf 1; `None` on a processor without `CPUID`.
///
/// Legacy: `kdb_cpuid`, which keeps the result of its first call.
///
/// ```
/// if let Some(cpu) = mtproxy_ffi::cpu::identify() {
///     println!("SSE4.2: {}", cpu.ecx >> 20 & 1);
/// }
/// ```
#[must_use]
pub fn identify() -> Option<CpuId> {
    let [ebx, ecx, edx] = arch::cpuid_leaf_1()?.map(|register| register as i32);
    Some(CpuId { magic: CPUID_MAGIC, ebx, ecx, edx })
}

/// The processor's cycle counter (the time-stamp counter on x86, the virtual counter on ARM); `None` if a program cannot
/// read one.
///
/// Legacy: `rdtsc`.
#[must_use]
pub fn cycle_counter() -> Option<i64> {
    arch::cycle_counter().map(|count| count as i64)
}
