// SPDX-License-Identifier: LGPL-2.0-or-later
//! The virtual counter.

use core::arch::asm;

/// The virtual counter, `CNTVCT_EL0`.
#[inline]
pub(in crate::cpu) fn cycle_counter() -> Option<u64> {
    let count: u64;
    // SAFETY: reads a register that Linux lets programs read; does not access memory, stack or flags.
    unsafe { asm!("mrs {}, cntvct_el0", out(reg) count, options(nomem, nostack, preserves_flags)) };
    Some(count)
}
