// SPDX-License-Identifier: LGPL-2.0-or-later
//! Epoll flags, timer waits, buffer classes.

use super::{boundary::input, contract::in_rust};
use crate::{
    contract::{
        NET_EVENTS_OP_EPOLL_CONV_FLAGS, NET_EVENTS_OP_EPOLL_UNCONV_FLAGS, NET_MSGBUFFERS_OP_PICK_SIZE_INDEX,
        NET_TIMERS_OP_WAIT_MSEC, NetworkOps,
    },
    net,
};

/// Converts event flags (`MTPROXY_FFI_EVT_*`) to epoll bits. 0 gives 0; all other flags add `EPOLLERR`, and
/// `EPOLLET` unless `MTPROXY_FFI_EVT_LEVEL` is set.
///
/// Returns the epoll bits. Matches the legacy `epoll_conv_flags`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_net_epoll_conv_flags(flags: i32) -> i32 {
    net::epoll_conv_flags(flags)
}

/// Converts epoll bits to event flags (`MTPROXY_FFI_EVT_*`). The result always has
/// `MTPROXY_FFI_EVT_FROM_EPOLL`, and `EPOLLERR` counts as readable.
///
/// Returns the event flags. Matches the legacy `epoll_unconv_flags`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_net_epoll_unconv_flags(epoll_flags: i32) -> i32 {
    net::epoll_unconv_flags(epoll_flags)
}

/// The wait at `now` for a timer due at `wakeup_time`, both in seconds.
///
/// Returns milliseconds: 0 if the timer is due, else the whole milliseconds plus one, at most `INT32_MAX`; 0
/// if one of them is not a number. Matches the wait of the legacy `thread_run_timers`.
#[unsafe(no_mangle)]
pub extern "C" fn mtproxy_ffi_net_timers_wait_msec(wakeup_time: f64, now: f64) -> i32 {
    net::wait_msec(wakeup_time, now)
}

/// Picks the smallest of `buffer_size_values` buffer classes, in ascending order, that holds `size_hint`
/// bytes.
///
/// Returns its index; the index of the largest class if the hint is negative or too large; -1 if
/// `buffer_sizes` is NULL (or not aligned) or there is no class. Matches the choice of the legacy
/// `alloc_msg_buffer`.
///
/// # Safety
/// `buffer_sizes` points to `buffer_size_values` readable elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mtproxy_ffi_msg_buffers_pick_size_index(
    buffer_sizes: *const i32,
    buffer_size_values: i32,
    size_hint: i32,
) -> i32 {
    let count = usize::try_from(buffer_size_values).unwrap_or(0);
    // SAFETY: `buffer_sizes` is readable for that many elements.
    let index =
        unsafe { input(buffer_sizes, count) }.ok().and_then(|sizes| net::pick_size_index(sizes, size_hint));
    index.map_or(-1, |index| index as i32)
}

/// The bits of the contract's operations that run in Rust.
pub(super) const NETWORK_OPS: NetworkOps = NetworkOps {
    events: in_rust(NET_EVENTS_OP_EPOLL_CONV_FLAGS, mtproxy_ffi_net_epoll_conv_flags)
        | in_rust(NET_EVENTS_OP_EPOLL_UNCONV_FLAGS, mtproxy_ffi_net_epoll_unconv_flags),
    timers: in_rust(NET_TIMERS_OP_WAIT_MSEC, mtproxy_ffi_net_timers_wait_msec),
    buffers: in_rust(NET_MSGBUFFERS_OP_PICK_SIZE_INDEX, mtproxy_ffi_msg_buffers_pick_size_index),
};
