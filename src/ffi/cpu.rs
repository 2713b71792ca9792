// SPDX-License-Identifier: LGPL-2.0-or-later
//! CPU identification.

use super::boundary::{Failure, Output, status};
use crate::{cpu::CpuId, runtime::cpuid::first_identity};

/// Fills `*out` with leaf 1 of the `CPUID` instruction, as it was at the first call in this process.
///
/// Returns 0; `MTPROXY_FFI_EINVAL` if `out` is NULL; `MTPROXY_FFI_EUNSUPPORTED` on a processor without
/// `CPUID`. Matches the legacy `kdb_cpuid`.
///
/// # Safety
/// `out` points to a writable object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_cpuid_fill(out: *mut CpuId) -> i32 {
    // SAFETY: `out` is writable.
    let out = unsafe { Output::new(out) };
    status(out.and_then(|out| first_identity().map(|answer| out.write(answer)).ok_or(Failure::Unsupported)))
}
