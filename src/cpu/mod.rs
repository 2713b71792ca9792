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

/// How many steps of this machine's counter take as long as so many cycles of an x86 processor with 2 GHz, which is what the
/// rules of the legacy library count. On ARM the counter is slower: a rule in its own steps would last up to a hundred times
/// as long. Everywhere else it is the same number: on x86 of cycles, as in the legacy library, on a processor without a counter
/// of nanoseconds.
///
/// ```
/// assert!(mtproxy_ffi::cpu::counter_steps(1_000_000) <= 1_000_000);
/// ```
#[inline]
#[must_use]
pub fn counter_steps(cycles: u32) -> u32 {
    #[cfg(target_arch = "aarch64")]
    {
        steps_at(arch::counter_rate(), cycles)
    }
    #[cfg(not(target_arch = "aarch64"))]
    {
        cycles
    }
}

/// The same for a counter of `rate` steps a second, which has 32 bits. A counter that does not know its rate is asked each
/// time.
#[cfg(any(test, target_arch = "aarch64"))]
fn steps_at(rate: u64, cycles: u32) -> u32 {
    const CYCLES_A_SECOND: u64 = 2_000_000_000;
    u32::try_from(u64::from(cycles) * rate / CYCLES_A_SECOND).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_lasts_as_long_at_each_rate() {
        for (rate, steps) in [(19_200_000, 9_600), (62_500_000, 31_250), (1_000_000_000, 500_000), (0, 0)] {
            assert_eq!(steps_at(rate, 1_000_000), steps, "{rate}");
        }
        assert_eq!(steps_at(u64::from(u32::MAX), u32::MAX), u32::MAX);
    }

    #[test]
    fn the_counter_makes_as_many_steps_as_its_rate_says() {
        let Some(before) = cycle_counter() else { return };
        std::thread::sleep(std::time::Duration::from_millis(2));
        let passed = cycle_counter().expect("as before") - before;
        // Four million cycles at 2 GHz; an x86 processor's counter has at least 0.5.
        let least = if cfg!(target_arch = "aarch64") { counter_steps(4_000_000) } else { 1_000_000 };
        assert!(passed >= i64::from(least), "{passed} steps in two milliseconds");
    }
}
