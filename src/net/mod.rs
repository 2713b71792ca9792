// SPDX-License-Identifier: LGPL-2.0-or-later
//! Small pure functions of the proxy's network code: epoll flags, events and timers in order, the host's own address, texts of
//! addresses, buffer size classes, messages in buffers, records of TLS, when a connection's parser is called.
#![forbid(unsafe_code)]

mod address_text;
mod buffers;
pub mod connection;
mod epoll;
pub mod event_heap;
mod input_wait;
mod message;
pub mod own_address;
pub mod timer_heap;
mod timers;
mod tls_record;

pub use address_text::{ADDRESS_TEXT, AddressText, ipv4_text, ipv6_text};
pub use buffers::pick_size_index;
pub use epoll::{
    EVT_FROM_EPOLL, EVT_LEVEL, EVT_READ, EVT_SPEC, EVT_WRITE, epoll_conv_flags, epoll_unconv_flags,
};
pub use input_wait::{BeforeParsing, NEED_MORE_BYTES, Parsed, after_parsing, before_parsing};
pub use message::{
    HEADROOM, SMALL_BUFFER, STANDARD_BUFFER, Sizes, front_buffer, tl_string_head, tl_string_padding,
};
pub use timers::wait_msec;
pub use tls_record::{
    MOST_IN_RECORD, NextInRecord, RECORD_HEADER, next_in_record, record_header, record_length,
};
