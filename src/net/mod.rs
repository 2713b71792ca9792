// SPDX-License-Identifier: LGPL-2.0-or-later
//! Small pure functions of the proxy's network code: epoll flags, events and timers in order, the host's own address, texts of
//! addresses, buffer size classes.
#![forbid(unsafe_code)]

mod address_text;
mod buffers;
mod epoll;
pub mod event_heap;
pub mod own_address;
pub mod timer_heap;
mod timers;

pub use address_text::{ADDRESS_TEXT, AddressText, ipv4_text, ipv6_text};
pub use buffers::pick_size_index;
pub use epoll::{
    EVT_FROM_EPOLL, EVT_LEVEL, EVT_READ, EVT_SPEC, EVT_WRITE, epoll_conv_flags, epoll_unconv_flags,
};
pub use timers::wait_msec;
