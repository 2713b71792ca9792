// SPDX-License-Identifier: LGPL-2.0-or-later
//! `net/net-crypto-dh.h`.

use core::{ffi::c_int, sync::atomic::AtomicI64};

use crate::crypto::Number;

/// What a client remembers between the first round and the third.
#[repr(C)]
pub struct DhParameters {
    pub(crate) magic: c_int,
    pub(crate) dh_params_select: c_int,
    pub(crate) a: Number,
}

impl DhParameters {
    pub(crate) const MAGIC: c_int = 0xab45_ccd3_u32 as c_int;
}

/// How many first, second and third rounds there were. Its thread writes it, others read it.
#[repr(C)]
pub struct DhStats {
    pub(crate) tot_dh_rounds: [AtomicI64; 3],
}

impl DhStats {
    pub(crate) const fn new() -> Self {
        Self { tot_dh_rounds: [const { AtomicI64::new(0) }; 3] }
    }
}
