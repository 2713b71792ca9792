// SPDX-License-Identifier: LGPL-2.0-or-later
//! Small pure functions of the proxy's network code: epoll flags, events and timers in order, the host's own address, texts of
//! addresses, buffer size classes, messages in buffers.
#![forbid(unsafe_code)]

mod address_text;
mod buffers;
mod epoll;
pub mod event_heap;
mod message;
pub mod own_address;
pub mod timer_heap;
mod timers;

pub use address_text::{ADDRESS_TEXT, AddressText, ipv4_text, ipv6_text};
pub use buffers::pick_size_index;
pub use epoll::{
    EVT_FROM_EPOLL, EVT_LEVEL, EVT_READ, EVT_SPEC, EVT_WRITE, epoll_conv_flags, epoll_unconv_flags,
};
pub use message::{
    HEADROOM, SMALL_BUFFER, STANDARD_BUFFER, Sizes, front_buffer, tl_string_head, tl_string_padding,
};
pub use timers::wait_msec;
