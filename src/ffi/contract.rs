//! Handshake and contract probes.

use super::boundary::{Failure, Output, status};
use crate::contract::{self, API_VERSION, ConcurrencyBoundary, NetworkBoundary};

/// The version of this API.
///
/// Returns `MTPROXY_FFI_API_VERSION` as it was when the library was built.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_api_version() -> u32 {
    API_VERSION
}

/// Checks that host and library speak the same API: call it before anything else, with the
/// `MTPROXY_FFI_API_VERSION` the host was compiled with, and do not start where it fails.
///
/// Returns 0, or `MTPROXY_FFI_EVERSION` (-1) where the versions differ.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_startup_handshake(expected_api_version: u32) -> i32 {
    status(if expected_api_version == API_VERSION { Ok(()) } else { Err(Failure::Version) })
}

/// Tells which operations on the proxy's queues and jobs are agreed on (contract), and which of them the library
/// covers (implemented). In API version 1 the covered ones are *routed to C*: the host installs its adapters for
/// them, and the adapters call the C code on. None of them runs in Rust.
///
/// Returns 0 and fills `*out`, or `MTPROXY_FFI_EINVAL` where `out` is null.
///
/// # Safety
/// `out` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_get_concurrency_boundary(out: *mut ConcurrencyBoundary) -> i32 {
    // SAFETY: `out` is writable.
    status(unsafe { Output::new(out) }.map(|out| out.write(contract::concurrency_boundary())))
}

/// Tells which operations of the proxy's network code are agreed on (contract), and which of them the library covers
/// (implemented). In API version 1 it covers all, and all of them run in Rust.
///
/// Returns 0 and fills `*out`, or `MTPROXY_FFI_EINVAL` where `out` is null.
///
/// # Safety
/// `out` is *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_get_network_boundary(out: *mut NetworkBoundary) -> i32 {
    // SAFETY: `out` is writable.
    status(unsafe { Output::new(out) }.map(|out| out.write(contract::network_boundary())))
}
