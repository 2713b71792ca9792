// SPDX-License-Identifier: LGPL-2.0-or-later
//! Carry-less multiplication (of polynomials over GF(2)) and its use on a register, for CPUs without an instruction for it:
//! the portable counterpart of `arch`.
#![forbid(unsafe_code)]

/// Starts with 128 bits: `upper` and a lower half of 0. Each pair of multipliers replaces them by the lower half times the
/// pair's first plus the upper half times its second.
#[inline(always)]
pub(super) fn fold_by(
    upper: u64,
    multipliers: impl Iterator<Item = (u64, u64)>,
    product: impl Fn(u64, u64) -> u128,
) -> u128 {
    multipliers.fold(u128::from(upper) << 64, |x, (lower, upper)| {
        product(x as u64, lower) ^ product((x >> 64) as u64, upper)
    })
}

/// The carry-less product, bit by bit.
#[inline(never)] // used twice in a loop that is not hot
pub(super) fn product(a: u64, mut b: u64) -> u128 {
    let mut product = 0;
    while b != 0 {
        product ^= u128::from(a) << b.trailing_zeros();
        b &= b - 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::arch;

    #[test]
    fn products_have_no_carries() {
        for (a, b, expected) in [
            (0, u64::MAX, 0),
            (1, 0x1234, 0x1234),
            (3, 3, 5),
            (1 << 63, 1 << 63, 1 << 126),
            (u64::MAX, u64::MAX, 0x5555_5555_5555_5555_5555_5555_5555_5555),
        ] {
            assert_eq!(product(a, b), expected, "{a:x} {b:x}");
        }
    }

    #[test]
    fn the_instruction_agrees() {
        let multipliers = [(3, 0x9e37_79b9_7f4a_7c15), (0xc96c_5795_d787_0f42, u64::MAX), (1 << 63, 1)];
        for upper in [0, 1, 0xdead_beef_0123_4567, u64::MAX] {
            for count in 0..=multipliers.len() {
                let by = || multipliers.into_iter().take(count);
                for bring_up in [0, 1 << 63, 0x1234_5678_9abc_def1] {
                    let folded = fold_by(upper, by(), product);
                    let expected = ((folded ^ product(folded as u64, bring_up)) >> 64) as u64;
                    assert_eq!(arch::fold_up(upper, by(), bring_up), expected, "{upper:x}, {count} times");
                }
            }
        }
    }
}
