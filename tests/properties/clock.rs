// SPDX-License-Identifier: LGPL-2.0-or-later
//! The conversion of the wall clock to fixed point.

/// Rust's own conversion saturates; the original's is one x86 instruction.
#[test]
#[cfg(target_arch = "x86_64")]
#[allow(
    unused_unsafe,
    reason = "the intrinsics are safe to call from Rust 1.87 on; 1.85 still wants `unsafe`"
)]
fn every_kind_of_double_becomes_what_the_instruction_of_the_original_gives() {
    use core::arch::x86_64::{_mm_cvttsd_si64, _mm_set_sd};

    // Every sign and exponent, with mantissas at both ends and between.
    for top in 0..=u16::MAX {
        for rest in [0, 1, 0x5555_5555_5555, 0xffff_ffff_ffff] {
            let seconds = f64::from_bits(u64::from(top) << 48 | rest);
            // SAFETY: SSE2 is part of x86-64.
            let expected = unsafe { _mm_cvttsd_si64(_mm_set_sd(seconds * 4_294_967_296.0)) };
            assert_eq!(mtproxy_ffi::clock::fixed_point(seconds), expected, "{seconds}");
        }
    }
}
