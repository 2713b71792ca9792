// SPDX-License-Identifier: LGPL-2.0-or-later
//! The choice of a path, by length and by the CPU's level.

mod fold;
mod fold64;
#[cfg(mtproxy_ffi_wide)]
mod fold_wide;
#[cfg(mtproxy_ffi_wide)]
mod fused;
mod level;
mod sse42;
mod streams;

use self::level::{Level, at_least, has};
use crate::checksum::{clmul, crc64::by_table, polynomial, tables};

/// From this length on folding wide vectors is faster.
#[cfg(mtproxy_ffi_wide)]
const WIDE: usize = 64;
/// From this length on folding 512 bits at a time is faster than a sequence of `crc32` instructions.
#[cfg(mtproxy_ffi_wide)]
const FOLD_CRC32C_512: usize = 256;
/// From this length on folding 256 bits at a time is at least as fast as three streams of `crc32` instructions.
#[cfg(mtproxy_ffi_wide)]
const FOLD_CRC32C_256: usize = 8192;
/// From this length on folding and the `crc32` instruction together are faster than folding alone.
#[cfg(mtproxy_ffi_wide)]
const FUSE_CRC32C: usize = 1024;

/// The CRC-32 register after `data`, which has at least 16 bytes.
#[inline]
pub(in crate::checksum) fn crc32(data: &[u8], crc: u32) -> u32 {
    if at_least(Level::Pclmul) { folded(data, crc) } else { crc32_below(data, crc) }
}

/// On a CPU whose level is not determined yet, or without PCLMULQDQ. A function of its own, as are the two below: the
/// callers end with a jump and save no register.
#[cold]
#[inline(never)]
fn crc32_below(data: &[u8], crc: u32) -> u32 {
    if has(Level::Pclmul) { folded(data, crc) } else { tables::CRC32.update(data, crc) }
}

/// The CRC-32C register after `data`.
#[inline]
pub(in crate::checksum) fn crc32c(data: &[u8], crc: u32) -> u32 {
    #[cfg(mtproxy_ffi_wide)]
    if data.len() >= FOLD_CRC32C_512 && at_least(Level::Wide512)
        || data.len() >= FOLD_CRC32C_256 && at_least(Level::Wide256)
    {
        return folded_wide::<{ polynomial::CRC32C }>(data, crc);
    }
    if data.len() >= streams::SHORTEST && at_least(Level::Pclmul) {
        // SAFETY: the CPU has PCLMULQDQ and the levels below it.
        unsafe { streams::update(data, crc) }
    } else if at_least(Level::Sse42) {
        // SAFETY: the CPU has that level.
        unsafe { sse42::crc32c(data, crc) }
    } else {
        crc32c_below(data, crc)
    }
}

/// On a CPU whose level is not determined yet, or without SSE4.2.
#[cold]
#[inline(never)]
fn crc32c_below(data: &[u8], crc: u32) -> u32 {
    if has(Level::Sse42) {
        // SAFETY: the CPU has that level.
        unsafe { sse42::crc32c(data, crc) }
    } else {
        tables::CRC32C.update(data, crc)
    }
}

/// The CRC-32 register after `data`, at least 16 bytes, on a CPU whose level is determined and includes PCLMULQDQ.
#[inline]
fn folded(data: &[u8], crc: u32) -> u32 {
    const CRC32: u32 = polynomial::CRC32;
    #[cfg(mtproxy_ffi_wide)]
    if data.len() >= WIDE && at_least(Level::Wide256) {
        return folded_wide::<CRC32>(data, crc);
    }
    if at_least(Level::PclmulAvx) {
        // SAFETY: the CPU has that level; the data have at least 16 bytes.
        unsafe { fold::update_avx::<CRC32>(data, crc) }
    } else {
        // SAFETY: the CPU has PCLMULQDQ and the levels below it; the data have at least 16 bytes.
        unsafe { fold::update::<CRC32>(data, crc) }
    }
}

/// The register after `data`, at least `WIDE` bytes, on a CPU whose level is determined and includes VPCLMULQDQ.
#[cfg(mtproxy_ffi_wide)]
#[inline(never)]
fn folded_wide<const POLYNOMIAL: u32>(data: &[u8], crc: u32) -> u32 {
    if POLYNOMIAL == polynomial::CRC32C && data.len() >= FUSE_CRC32C && at_least(Level::Wide512Crc32) {
        // SAFETY: the CPU has that level; the data are long enough.
        unsafe { fused::update(data, crc) }
    } else if at_least(Level::Wide512) {
        // SAFETY: the CPU has that level; the data have at least `WIDE` bytes.
        unsafe { fold_wide::update_512::<POLYNOMIAL>(data, crc) }
    } else {
        // SAFETY: the CPU has level `Wide256`; the data have at least `WIDE` bytes.
        unsafe { fold_wide::update_256::<POLYNOMIAL>(data, crc) }
    }
}

/// The CRC-64 register after `data`, which has at least 16 bytes.
#[inline]
pub(in crate::checksum) fn crc64(data: &[u8], crc: u64) -> u64 {
    #[cfg(mtproxy_ffi_wide)]
    if data.len() >= WIDE && at_least(Level::Wide512) {
        // SAFETY: the CPU has that level; the data have at least `WIDE` bytes.
        return unsafe { fold64::update_512(data, crc) };
    }
    if at_least(Level::Pclmul) {
        // SAFETY: the CPU has PCLMULQDQ and the levels below it; the data have at least 16 bytes.
        unsafe { fold64::update(data, crc) }
    } else {
        crc64_below(data, crc)
    }
}

/// On a CPU whose level is not determined yet, or without PCLMULQDQ.
#[cold]
#[inline(never)]
fn crc64_below(data: &[u8], crc: u64) -> u64 {
    if has(Level::Pclmul) && data.len() >= 16 {
        // SAFETY: the CPU has PCLMULQDQ and the levels below it; the data have at least 16 bytes.
        unsafe { fold64::update(data, crc) }
    } else {
        by_table(data, crc)
    }
}

/// The upper half of the sixteen bytes of `clmul::fold_by`, after a multiplier of its own has moved the lower half there.
#[inline]
pub(in crate::checksum) fn fold_up(
    upper: u64,
    multipliers: impl Iterator<Item = (u64, u64)>,
    bring_up: u64,
) -> u64 {
    if has(Level::Pclmul) {
        // SAFETY: the CPU has PCLMULQDQ and the levels below it.
        return unsafe { fold::fold_up(upper, multipliers, bring_up) };
    }
    let folded = fold_by_products(upper, multipliers);
    ((folded ^ clmul::product(folded as u64, bring_up)) >> 64) as u64
}

/// The register, of CRC-32 or CRC-32C, after the sixteen bytes of `fold_by`.
#[inline]
pub(in crate::checksum) fn register_by<const POLYNOMIAL: u32>(
    upper: u64,
    multipliers: impl Iterator<Item = (u64, u64)>,
) -> u32 {
    if has(Level::Pclmul) {
        // SAFETY: the CPU has PCLMULQDQ and the levels below it.
        return unsafe { fold::register_by::<POLYNOMIAL>(upper, multipliers) };
    }
    let bytes = fold_by_products(upper, multipliers).to_le_bytes();
    if POLYNOMIAL == polynomial::CRC32C {
        tables::CRC32C.update(&bytes, 0)
    } else {
        tables::CRC32.update(&bytes, 0)
    }
}

/// The CRC-64 register after the sixteen bytes of `fold_by`.
#[inline]
pub(in crate::checksum) fn crc64_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u64 {
    if has(Level::Pclmul) {
        // SAFETY: the CPU has PCLMULQDQ and the levels below it.
        unsafe { fold64::register_by(upper, multipliers) }
    } else {
        by_table(&fold_by_products(upper, multipliers).to_le_bytes(), 0)
    }
}

/// As `clmul::fold_by`, on a CPU without PCLMULQDQ.
#[cold]
#[inline(never)]
fn fold_by_products(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u128 {
    clmul::fold_by(upper, multipliers, clmul::product)
}

#[cfg(test)]
mod tests;
