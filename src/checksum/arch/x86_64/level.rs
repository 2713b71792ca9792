// SPDX-License-Identifier: LGPL-2.0-or-later
//! The CPU's level, determined once.

use core::sync::atomic::{AtomicU8, Ordering};

/// Each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Level {
    /// The features of every x86-64.
    Baseline = 1,
    /// SSE4.2, whose `crc32` instruction computes CRC-32C.
    Sse42,
    /// PCLMULQDQ: carry-less multiplication of 64 bits.
    Pclmul,
    /// AVX too, so the same in instructions with three operands.
    PclmulAvx,
    /// VPCLMULQDQ and AVX2: two vectors at a time.
    Wide256,
    /// VPCLMULQDQ and AVX-512: four vectors at a time.
    Wide512,
    /// As `Wide512`, and the CPU executes several `crc32` instructions a cycle.
    Wide512Crc32,
}

/// The CPU's level; 0 until it is determined.
static LEVEL: AtomicU8 = AtomicU8::new(0);

/// True if the CPU is known to have this level. The level may not have been determined yet.
#[inline]
pub(super) fn at_least(level: Level) -> bool {
    LEVEL.load(Ordering::Relaxed) >= level as u8
}

/// True if the CPU has this level.
#[inline]
pub(super) fn has(level: Level) -> bool {
    at_least(level) || ask_for(level)
}

/// The highest levels are tested first, because today's CPUs have them.
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

/// True for AMD's family 26 (Zen 5) and later ones. Earlier CPUs and Intel's start one `crc32` a cycle. There is no feature
/// bit for this.
fn executes_crc32_side_by_side() -> bool {
    use std::arch::x86_64::__cpuid;
    // SAFETY: every x86-64 has CPUID with these leaves.
    let (vendor, signature) = unsafe { (__cpuid(0), __cpuid(1).eax) };
    let vendor = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
    // The extended family is added if the family has its greatest value, as in every x86-64 of AMD.
    vendor.as_flattened() == b"AuthenticAMD" && (signature >> 8 & 15) + (signature >> 20 & 255) >= 26
}

/// The levels by name, lowest first. `make test-paths` forces each of them.
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
/// If the variable names no level: otherwise a test that forces nothing would look like one that does.
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
