//! What the CPU has, asked once.

use core::sync::atomic::{AtomicU8, Ordering};

/// Each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Level {
    /// What every x86-64 has.
    Baseline = 1,
    /// SSE4.2, whose `crc32` instruction computes CRC-32C.
    Sse42,
    /// PCLMULQDQ: carry-less multiplication of 64 bits.
    Pclmul,
    /// AVX too: the same in instructions of three operands.
    PclmulAvx,
    /// VPCLMULQDQ and AVX2: two of them at once.
    Wide256,
    /// VPCLMULQDQ and AVX-512: four.
    Wide512,
    /// As many of them, and several `crc32` instructions a cycle.
    Wide512Crc32,
}

/// 0 until asked.
static LEVEL: AtomicU8 = AtomicU8::new(0);

/// Whether the CPU was asked and has this level.
#[inline]
pub(super) fn at_least(level: Level) -> bool {
    LEVEL.load(Ordering::Relaxed) >= level as u8
}

/// Asks the CPU, once.
#[inline]
pub(super) fn find_out() {
    if !at_least(Level::Baseline) {
        ask();
    }
}

#[cold]
fn ask() {
    let level = detect();
    #[cfg(not(mtproxy_ffi_shipped))]
    let level = level.min(allowed());
    LEVEL.store(level as u8, Ordering::Relaxed);
}

fn detect() -> Level {
    use std::arch::is_x86_feature_detected as has;
    if !has!("sse4.2") {
        Level::Baseline
    } else if !has!("pclmulqdq") {
        Level::Sse42
    } else if !has!("avx") {
        Level::Pclmul
    } else if !(has!("vpclmulqdq") && has!("avx2")) {
        Level::PclmulAvx
    } else if !(has!("avx512f") && has!("avx512vl")) {
        Level::Wide256
    } else if !executes_crc32_side_by_side() {
        Level::Wide512
    } else {
        Level::Wide512Crc32
    }
}

/// Whether this is AMD's family 26 (Zen 5) or a later one. Every CPU before, and Intel's, starts one `crc32` a cycle;
/// no feature bit tells.
#[allow(unused_unsafe)] // `__cpuid` is safe in newer compilers
fn executes_crc32_side_by_side() -> bool {
    use std::arch::x86_64::__cpuid;
    // SAFETY: every x86-64 has CPUID with these leaves.
    let (vendor, signature) = unsafe { (__cpuid(0), __cpuid(1).eax) };
    let vendor = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
    // The extended family counts where the family is at its highest, as it is in every x86-64 of AMD's.
    vendor.as_flattened() == b"AuthenticAMD" && (signature >> 8 & 15) + (signature >> 20 & 255) >= 26
}

/// Tests force a lower path than the machine's best: `MTPROXY_FFI_LEVEL` from 1 to 7. Not in what ships.
#[cfg(not(mtproxy_ffi_shipped))]
fn allowed() -> Level {
    match std::env::var("MTPROXY_FFI_LEVEL").as_deref() {
        Ok("1") => Level::Baseline,
        Ok("2") => Level::Sse42,
        Ok("3") => Level::Pclmul,
        Ok("4") => Level::PclmulAvx,
        Ok("5") => Level::Wide256,
        Ok("6") => Level::Wide512,
        _ => Level::Wide512Crc32,
    }
}
