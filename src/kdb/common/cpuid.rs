// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/cpuid`.

use crate::{cpu::CpuId, runtime::cpuid::first_answer};

/// Leaf 1 of the `CPUID` instruction, read at the first call; zeros on a processor without it.
#[unsafe(no_mangle)]
pub extern "C" fn kdb_cpuid() -> *mut CpuId {
    (&raw const *first_answer()).cast_mut().cast()
}
