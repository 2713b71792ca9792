// SPDX-License-Identifier: LGPL-2.0-or-later
//! The processor: who it is, and its cycle counter.
#![deny(unsafe_code)] // `forbid` everywhere but in `arch`

#[allow(unsafe_code)]
mod arch;

/// What `magic` holds (0x280147b8).
pub const CPUID_MAGIC: i32 = 0x280147b8;

/// Leaf 1 of the x86 `CPUID` instruction: the processor's signature and features.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuId {
    /// `CPUID_MAGIC`: filled.
    pub magic: i32,
    /// Register EBX; its top byte names the core that answered.
    pub ebx: i32,
    /// Register ECX.
    pub ecx: i32,
    /// Register EDX.
    pub edx: i32,
}

/// Asks the processor for leaf 1; `None` on a processor without `CPUID`.
///
/// Legacy: `kdb_cpuid`, which keeps the answer of its first call.
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

/// The processor's cycle counter (the time-stamp counter on x86, the virtual counter on ARM); `None` where a
/// program cannot read one.
///
/// Legacy: `rdtsc`.
#[must_use]
pub fn cycle_counter() -> Option<i64> {
    arch::cycle_counter().map(|count| count as i64)
}
