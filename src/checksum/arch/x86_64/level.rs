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
}

/// 0 until asked.
static LEVEL: AtomicU8 = AtomicU8::new(0);

/// Whether the CPU was asked and has this level.
#[inline]
pub(super) fn at_least(level: Level) -> bool {
    LEVEL.load(Ordering::Relaxed) >= level as u8
}

/// Asks the CPU.
pub(super) fn find_out() {
    if !at_least(Level::Baseline) {
        let level = detect();
        #[cfg(not(mtproxy_ffi_shipped))]
        let level = level.min(allowed());
        LEVEL.store(level as u8, Ordering::Relaxed);
    }
}

fn detect() -> Level {
    use std::arch::is_x86_feature_detected as has;
    if !has!("sse4.2") {
        Level::Baseline
    } else if !(has!("pclmulqdq") && has!("sse4.1") && has!("ssse3")) {
        Level::Sse42
    } else if !has!("avx") {
        Level::Pclmul
    } else if !(has!("vpclmulqdq") && has!("avx2")) {
        Level::PclmulAvx
    } else if !(has!("avx512f") && has!("avx512vl")) {
        Level::Wide256
    } else {
        Level::Wide512
    }
}

/// Tests force a lower path than the machine's best: `MTPROXY_FFI_LEVEL` from 1 to 6. Not in what ships.
#[cfg(not(mtproxy_ffi_shipped))]
fn allowed() -> Level {
    match std::env::var("MTPROXY_FFI_LEVEL").as_deref() {
        Ok("1") => Level::Baseline,
        Ok("2") => Level::Sse42,
        Ok("3") => Level::Pclmul,
        Ok("4") => Level::PclmulAvx,
        Ok("5") => Level::Wide256,
        _ => Level::Wide512,
    }
}
