// SPDX-License-Identifier: LGPL-2.0-or-later
//! The handshake, and the masks of the contract.

use super::{
    boundary::{Failure, Output, status},
    mp_queue::QUEUE_OPS,
};
use crate::contract::{self, API_VERSION, ConcurrencyBoundary, NetworkBoundary, OLDEST_API_VERSION};

/// The version of this API.
///
/// Returns the `MTPROXY_FFI_API_VERSION` with which the library was built.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_api_version() -> u32 {
    API_VERSION
}

/// Checks that the library serves hosts of this API version: its own, and each older one from
/// `MTPROXY_FFI_OLDEST_API_VERSION` on. Call it before any other function, with the `MTPROXY_FFI_API_VERSION` with which
/// the host was compiled, and do not go on if it fails.
///
/// Returns 0, or `MTPROXY_FFI_EVERSION` (-1) if it does not.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_startup_handshake(expected_api_version: u32) -> i32 {
    let served = OLDEST_API_VERSION..=API_VERSION;
    status(if served.contains(&expected_api_version) { Ok(()) } else { Err(Failure::Version) })
}

/// Returns the masks of the proxy's queue and job operations: those in the contract, and those that the
/// library implements. Queue operations run in Rust: `mtproxy_ffi_mpq_*`. The job operations among the implemented are
/// routed to C: the host installs its adapters for them, and the adapters call the C code. A host of API version 1 routes
/// its queue operations to C too.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL.
///
/// # Safety
/// `out` points to a writable object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_get_concurrency_boundary(out: *mut ConcurrencyBoundary) -> i32 {
    // SAFETY: `out` is writable.
    status(unsafe { Output::new(out) }.map(|out| out.write(contract::concurrency_boundary(QUEUE_OPS))))
}

/// Returns the masks of the proxy's network operations: those in the contract, and those that the library
/// implements: all of them, in Rust.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL.
///
/// # Safety
/// `out` points to a writable object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_get_network_boundary(out: *mut NetworkBoundary) -> i32 {
    // SAFETY: `out` is writable.
    status(unsafe { Output::new(out) }.map(|out| out.write(contract::network_boundary())))
}
