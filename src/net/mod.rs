//! Small decisions of the proxy's network code: epoll flags, how long to wait for a timer, which buffer to take.
#![forbid(unsafe_code)]

mod buffers;
mod epoll;
mod timers;

pub use buffers::pick_size_index;
pub use epoll::{
    EVT_FROM_EPOLL, EVT_LEVEL, EVT_READ, EVT_SPEC, EVT_WRITE, epoll_conv_flags, epoll_unconv_flags,
};
pub use timers::wait_msec;
