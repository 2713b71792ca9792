// SPDX-License-Identifier: LGPL-2.0-or-later
//! `common/cpuid.h`.

use core::sync::atomic::{AtomicI32, AtomicU64};

use crate::cpu::CpuId;

/// A [`CpuId`] that is set once and read by all threads.
#[repr(C)]
pub(crate) struct SharedCpuId {
    /// `magic` and `ebx`, which are set together; 0 until then.
    pub(crate) magic_and_ebx: AtomicU64,
    pub(crate) ecx: AtomicI32,
    pub(crate) edx: AtomicI32,
}

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(SharedCpuId, magic_and_ebx) == offset_of!(CpuId, magic));
    assert!(offset_of!(SharedCpuId, ecx) == offset_of!(CpuId, ecx));
    assert!(offset_of!(SharedCpuId, edx) == offset_of!(CpuId, edx));
    assert!(size_of::<SharedCpuId>() == size_of::<CpuId>());
};
