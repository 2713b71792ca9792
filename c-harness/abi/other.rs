// SPDX-License-Identifier: LGPL-2.0-or-later
//! Another Rust library in the same C program, with a runtime of its own: it allocates, prints, and can panic.

/// The sum of `n` numbers, one of which is looked up with a bounds check.
#[unsafe(no_mangle)]
pub extern "C" fn other_sum(n: usize) -> usize {
    let numbers: Vec<usize> = (0..n).collect();
    println!("other: {} numbers, the middle one is {}", n, numbers[n / 2]);
    numbers.iter().sum()
}
