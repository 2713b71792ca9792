//! CPU identification.

use core::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use super::boundary::{Failure, Output, status};
use crate::cpu::{self, CpuId};

/// The first answer, which is kept: EBX names the core that gave it. 0 until there is one; then EBX with `magic` above
/// it, set once and after the registers that all cores agree on.
static FIRST: AtomicU64 = AtomicU64::new(0);
static ECX: AtomicI32 = AtomicI32::new(0);
static EDX: AtomicI32 = AtomicI32::new(0);

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

/// The answer of this process's first call; `None` on a processor without `CPUID`.
pub(crate) fn first_answer() -> Option<CpuId> {
    let mut first = FIRST.load(Ordering::Acquire);
    if first == 0 {
        let CpuId { magic, ebx, ecx, edx } = cpu::identify()?;
        ECX.store(ecx, Ordering::Relaxed);
        EDX.store(edx, Ordering::Relaxed);
        let answer = u64::from(magic as u32) << 32 | u64::from(ebx as u32);
        // Of threads that race here, one is the first.
        first = match FIRST.compare_exchange(0, answer, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => answer,
            Err(first) => first,
        };
    }
    Some(CpuId {
        magic: (first >> 32) as i32,
        ebx: first as i32,
        ecx: ECX.load(Ordering::Relaxed),
        edx: EDX.load(Ordering::Relaxed),
    })
}

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(CpuId, magic) == 0);
    assert!(offset_of!(CpuId, ebx) == 4);
    assert!(offset_of!(CpuId, ecx) == 8);
    assert!(offset_of!(CpuId, edx) == 12);
    assert!(size_of::<CpuId>() == 16);
};
