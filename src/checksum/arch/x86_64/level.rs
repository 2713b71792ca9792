// SPDX-License-Identifier: LGPL-2.0-or-later
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

/// Whether the CPU is known to have this level; it may not have been asked yet.
#[inline]
pub(super) fn at_least(level: Level) -> bool {
    LEVEL.load(Ordering::Relaxed) >= level as u8
}

/// Whether the CPU has this level.
#[inline]
pub(super) fn has(level: Level) -> bool {
    at_least(level) || ask_for(level)
}

/// What comes first is what a CPU of today answers.
#[cold]
#[inline(never)]
fn ask_for(level: Level) -> bool {
    if !at_least(Level::Baseline) {
        let found = detect();
        #[cfg(not(mtproxy_ffi_shipped))]
        let found = found.min(highest_allowed());
        LEVEL.store(found as u8, Ordering::Relaxed);
    }
    at_least(level)
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

/// The levels by name, lowest first: what `make test-paths` forces one after the other.
#[cfg(not(mtproxy_ffi_shipped))]
const NAMES: [(&str, Level); 7] = [
    ("baseline", Level::Baseline),
    ("sse42", Level::Sse42),
    ("pclmul", Level::Pclmul),
    ("pclmul-avx", Level::PclmulAvx),
    ("wide256", Level::Wide256),
    ("wide512", Level::Wide512),
    ("wide512-crc32", Level::Wide512Crc32),
];

/// Tests force a lower level than the machine's by its name in the environment variable `MTPROXY_FFI_LEVEL`. Not in what
/// ships.
///
/// # Panics
/// Where the variable names no level: a test that forces nothing would pass for one that does.
#[cfg(not(mtproxy_ffi_shipped))]
fn highest_allowed() -> Level {
    let Some(name) = std::env::var_os("MTPROXY_FFI_LEVEL") else { return Level::Wide512Crc32 };
    by_name(&name.to_string_lossy()).unwrap_or_else(|| {
        let names = NAMES.map(|(name, _)| name).join(", ");
        panic!("MTPROXY_FFI_LEVEL: no level {name:?}; there are {names}")
    })
}

#[cfg(not(mtproxy_ffi_shipped))]
fn by_name(wanted: &str) -> Option<Level> {
    NAMES.iter().find(|(name, _)| *name == wanted).map(|&(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_a_name_and_nothing_else_has_one() {
        for (number, (name, level)) in (1..).zip(NAMES) {
            assert_eq!((by_name(name), level as usize), (Some(level), number), "{name}");
        }
        assert_eq!(NAMES.last().map(|&(_, level)| level), Some(Level::Wide512Crc32));
        for unknown in ["", "0", "1", "7", "Baseline", "wide"] {
            assert_eq!(by_name(unknown), None, "{unknown:?}");
        }
    }
}
