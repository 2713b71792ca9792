// SPDX-License-Identifier: LGPL-2.0-or-later
//! Parts and buffers: where they come from, and how their references are counted.

mod raw;

pub(crate) use raw::Host;
pub(crate) use raw::bytes_of;
