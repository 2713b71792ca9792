// SPDX-License-Identifier: LGPL-2.0-or-later
//! The targets of RPC queries, by who is at the other side.

mod raw;

pub(crate) use raw::Targets;
