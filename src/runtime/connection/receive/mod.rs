// SPDX-License-Identifier: LGPL-2.0-or-later
//! The receive buffers of a thread.

mod raw;

pub(crate) use raw::{Got, ReceiveSet};
