// SPDX-License-Identifier: LGPL-2.0-or-later
//! Small objects that each message needs, such as what reads and writes its TL: a thread keeps those that it frees for the
//! next ones.

mod raw;

pub(crate) use raw::Spares;
