//! CPU identification.

use core::sync::atomic::{AtomicI32, Ordering};

use super::boundary::{Failure, Output, status};
use crate::cpu::{self, CpuId};

/// The first answer, which is kept: EBX names the core that gave it. `FIRST_MAGIC` is set last.
static FIRST: [AtomicI32; 3] = [const { AtomicI32::new(0) }; 3];
static FIRST_MAGIC: AtomicI32 = AtomicI32::new(0);

/// Fills `*out` with leaf 1 of the `CPUID` instruction, as it was at the first call in this process.
///
/// Returns 0; `MTPROXY_FFI_EINVAL` where `out` is null; `MTPROXY_FFI_EUNSUPPORTED` on a processor without `CPUID`.
/// Matches the legacy `kdb_cpuid`.
///
/// # Safety
/// `out` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cpuid_fill(out: *mut CpuId) -> i32 {
    // SAFETY: `out` is writable.
    let out = unsafe { Output::new(out) };
    status(out.and_then(|out| first_answer().map(|answer| out.write(answer)).ok_or(Failure::Unsupported)))
}

fn first_answer() -> Option<CpuId> {
    if FIRST_MAGIC.load(Ordering::Acquire) == 0 {
        let CpuId { magic, ebx, ecx, edx } = cpu::identify()?;
        // Threads that race here each store a whole answer of this machine; only EBX's core number can differ.
        for (place, register) in FIRST.iter().zip([ebx, ecx, edx]) {
            place.store(register, Ordering::Relaxed);
        }
        FIRST_MAGIC.store(magic, Ordering::Release);
    }
    let [ebx, ecx, edx] = FIRST.each_ref().map(|register| register.load(Ordering::Relaxed));
    Some(CpuId { magic: cpu::CPUID_MAGIC, ebx, ecx, edx })
}

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(CpuId, magic) == 0);
    assert!(offset_of!(CpuId, ebx) == 4);
    assert!(offset_of!(CpuId, ecx) == 8);
    assert!(offset_of!(CpuId, edx) == 12);
    assert!(size_of::<CpuId>() == 16);
};
