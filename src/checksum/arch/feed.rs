// SPDX-License-Identifier: LGPL-2.0-or-later
//! Reduction of the sixteen bytes of `fold_by` to a register by feeding them, for CPUs without an instruction for it.
#![forbid(unsafe_code)]

use super::{crc32, crc32c, crc64, fold_by};
use crate::checksum::polynomial::CRC32C;

/// The upper half of `fold_by`, after a multiplier of its own has moved the lower half there.
pub(in crate::checksum) fn fold_up(
    upper: u64,
    multipliers: impl Iterator<Item = (u64, u64)>,
    bring_up: u64,
) -> u64 {
    let folded = fold_by(upper, multipliers);
    let brought_up = fold_by(folded as u64, core::iter::once((0, bring_up)));
    ((folded ^ brought_up) >> 64) as u64
}

/// The register of CRC-32 or CRC-32C after these bytes.
pub(in crate::checksum) fn register_by<const POLYNOMIAL: u32>(
    upper: u64,
    multipliers: impl Iterator<Item = (u64, u64)>,
) -> u32 {
    let bytes = fold_by(upper, multipliers).to_le_bytes();
    if POLYNOMIAL == CRC32C { crc32c(&bytes, 0) } else { crc32(&bytes, 0) }
}

/// The register of CRC-64 after these bytes.
pub(in crate::checksum) fn crc64_by(upper: u64, multipliers: impl Iterator<Item = (u64, u64)>) -> u64 {
    crc64(&fold_by(upper, multipliers).to_le_bytes(), 0)
}
