// SPDX-License-Identifier: LGPL-2.0-or-later
//! The keys of an encrypted connection between a proxy and the middle ends.
#![forbid(unsafe_code)]

mod keys;

pub use self::keys::{Addresses, Handshake, Keys, MAX_MIXED, MAX_SECRET, MIN_SECRET, Refused, derive_keys};
