// SPDX-License-Identifier: LGPL-2.0-or-later
//! The processor's identification, as read by the process's first call. All later calls return the same result, because
//! register EBX depends on the core, and callers compare results.

use core::sync::atomic::{
    AtomicI32, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed},
};

use crate::{
    cpu::{self, CPUID_MAGIC, CpuId},
    layout::cpuid::SharedCpuId,
};

static FIRST: SharedCpuId =
    SharedCpuId { magic_and_ebx: AtomicU64::new(0), ecx: AtomicI32::new(0), edx: AtomicI32::new(0) };

/// The result of this process's first call, in static memory that C may keep a pointer to. On a processor without `CPUID`
/// the registers are 0.
pub(crate) fn first_answer() -> &'static SharedCpuId {
    // Acquire: pairs with the last exchange below, before which ecx and edx were set.
    if FIRST.magic_and_ebx.load(Acquire) == 0 {
        let none = CpuId { magic: CPUID_MAGIC, ebx: 0, ecx: 0, edx: 0 };
        let CpuId { magic, ebx, ecx, edx } = cpu::identify().unwrap_or(none);
        // C reads these as plain words, so each is written once, by the first of threads that race. An exchange that fails
        // only reads. It acquires what it reads, and the exchanges that succeed release: so whoever goes on from here, or
        // sees what the last one set, comes after all three writes.
        for (place, register) in [(&FIRST.ecx, ecx), (&FIRST.edx, edx)] {
            if register != 0 {
                let _ = place.compare_exchange(0, register, AcqRel, Acquire);
            }
        }
        let _ = FIRST.magic_and_ebx.compare_exchange(0, join(magic, ebx), AcqRel, Acquire);
    }
    &FIRST
}

/// [`first_answer`] as a value; `None` on a processor without `CPUID`.
pub(crate) fn first_identity() -> Option<CpuId> {
    let first = first_answer();
    let (magic, ebx) = split(first.magic_and_ebx.load(Acquire));
    let id = CpuId { magic, ebx, ecx: first.ecx.load(Relaxed), edx: first.edx.load(Relaxed) };
    (id.ebx != 0 || id.ecx != 0 || id.edx != 0).then_some(id)
}

/// The two fields in one word, in their order in memory.
fn join(magic: i32, ebx: i32) -> u64 {
    let [a, b, c, d] = magic.to_ne_bytes();
    let [e, f, g, h] = ebx.to_ne_bytes();
    u64::from_ne_bytes([a, b, c, d, e, f, g, h])
}

fn split(word: u64) -> (i32, i32) {
    let [a, b, c, d, e, f, g, h] = word.to_ne_bytes();
    (i32::from_ne_bytes([a, b, c, d]), i32::from_ne_bytes([e, f, g, h]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_words_split_into_what_they_were() {
        for pair in [(0, 0), (CPUID_MAGIC, 1), (i32::MIN, -1)] {
            assert_eq!(split(join(pair.0, pair.1)), pair);
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "an instruction that Miri does not know")]
    fn answer_is_the_processors_and_stays() {
        let (once, again) = (first_identity(), first_identity());
        assert_eq!(once, again);
        let now = cpu::identify();
        assert_eq!(once.map(|id| (id.magic, id.ecx)), now.map(|id| (id.magic, id.ecx)));
    }
}
