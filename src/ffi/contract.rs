// SPDX-License-Identifier: LGPL-2.0-or-later
//! The handshake, and the masks of the contract.

use super::boundary::{Failure, Output, status};
use crate::contract::{self, API_VERSION, ConcurrencyBoundary, NetworkBoundary};

/// The version of this API.
///
/// Returns the `MTPROXY_FFI_API_VERSION` with which the library was built.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_api_version() -> u32 {
    API_VERSION
}

/// Checks that host and library have the same API version. Call it before any other function, with the
/// `MTPROXY_FFI_API_VERSION` with which the host was compiled, and do not go on if it fails.
///
/// Returns 0, or `MTPROXY_FFI_EVERSION` (-1) if the versions differ.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_startup_handshake(expected_api_version: u32) -> i32 {
    status(if expected_api_version == API_VERSION { Ok(()) } else { Err(Failure::Version) })
}

/// Returns the masks of the proxy's queue and job operations: those in the contract, and those that the
/// library implements. In API version 1 the implemented ones are routed to C: the host installs its adapters
/// for them, and the adapters call the C code. None of them runs in Rust.
///
/// Returns 0 and fills `*out`; `MTPROXY_FFI_EINVAL` if `out` is NULL.
///
/// # Safety
/// `out` points to a writable object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_get_concurrency_boundary(out: *mut ConcurrencyBoundary) -> i32 {
    // SAFETY: `out` is writable.
    status(unsafe { Output::new(out) }.map(|out| out.write(contract::concurrency_boundary())))
}

/// Returns the masks of the proxy's network operations: those in the contract, and those that the library
/// implements. In API version 1 it implements all of them in Rust.
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
