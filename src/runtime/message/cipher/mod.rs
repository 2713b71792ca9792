// SPDX-License-Identifier: LGPL-2.0-or-later
//! Encryption from one message into another.

mod raw;

pub(crate) use raw::{Cipher, is_block};
