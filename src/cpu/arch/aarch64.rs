// SPDX-License-Identifier: LGPL-2.0-or-later
//! The virtual counter, and its rate.

use core::arch::asm;

/// The virtual counter, `CNTVCT_EL0`.
#[inline]
pub(in crate::cpu) fn cycle_counter() -> Option<u64> {
    let count: u64;
    // SAFETY: reads a register that Linux lets programs read; does not access memory, stack or flags.
    unsafe { asm!("mrs {}, cntvct_el0", out(reg) count, options(nomem, nostack, preserves_flags)) };
    Some(count)
}

/// How many steps the counter makes in a second, `CNTFRQ_EL0`: from 19 million to a thousand million; 0 if the firmware
/// did not set it.
#[inline]
pub(in crate::cpu) fn counter_rate() -> u64 {
    let rate: u64;
    // SAFETY: as above.
    unsafe { asm!("mrs {}, cntfrq_el0", out(reg) rate, options(nomem, nostack, preserves_flags)) };
    rate & 0xffff_ffff
}
