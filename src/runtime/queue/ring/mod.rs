// SPDX-License-Identifier: LGPL-2.0-or-later
//! Rings: queues of bounded length, which close themselves when they are full. The legacy library makes its queues of them;
//! ours do not, and a host that uses one by itself finds it here.

mod raw;

pub(crate) use raw::{LARGE, Ring, SMALL, allocate, free};
