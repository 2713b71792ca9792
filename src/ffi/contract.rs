// SPDX-License-Identifier: LGPL-2.0-or-later
//! The handshake, and the masks of the contract.

use super::{
    boundary::{Failure, Output, status},
    jobs::JOBS_OPS,
    mp_queue::QUEUE_OPS,
    net::NETWORK_OPS,
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

/// Returns the masks of the proxy's queue and job operations: those in the contract, and those that the library
/// implements. Both run in Rust: `mtproxy_ffi_mpq_*`, and `mtproxy_ffi_jobs_*` for a host that calls
/// `mtproxy_ffi_jobs_attach`. A host of API version 1 does not know these functions: its adapters call its C code.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL.
///
/// # Safety
/// `out` points to a writable object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_get_concurrency_boundary(out: *mut ConcurrencyBoundary) -> i32 {
    // SAFETY: `out` is writable.
    status(
        unsafe { Output::new(out) }.map(|out| out.write(contract::concurrency_boundary(QUEUE_OPS, JOBS_OPS))),
    )
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
    status(unsafe { Output::new(out) }.map(|out| out.write(contract::network_boundary(NETWORK_OPS))))
}

/// The bit of an operation, which is in a mask if `_function` is compiled in.
pub(super) const fn in_rust<F: Copy>(bit: u32, _function: F) -> u32 {
    bit
}
