//! Legacy object `common/cpuid`.

use core::sync::atomic::{AtomicI32, Ordering};

use crate::{
    cpu::{self, CpuId},
    ffi::first_answer,
};

/// The first answer, where C finds it, in the order of [`CpuId`]'s fields; the magic number is set last.
static FIRST: [AtomicI32; 4] = [const { AtomicI32::new(0) }; 4];

/// Leaf 1 of the `CPUID` instruction, as it was at the first call; zeros on a processor that has none.
#[unsafe(no_mangle)]
pub extern "C" fn kdb_cpuid() -> *mut CpuId {
    let [magic, ebx, ecx, edx] = &FIRST;
    if magic.load(Ordering::Acquire) == 0 {
        let none = CpuId { magic: cpu::CPUID_MAGIC, ebx: 0, ecx: 0, edx: 0 };
        // Threads that race here store the same.
        let answer = first_answer().unwrap_or(none);
        ebx.store(answer.ebx, Ordering::Relaxed);
        ecx.store(answer.ecx, Ordering::Relaxed);
        edx.store(answer.edx, Ordering::Relaxed);
        magic.store(answer.magic, Ordering::Release);
    }
    FIRST.as_ptr().cast_mut().cast()
}
