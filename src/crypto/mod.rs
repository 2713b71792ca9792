// SPDX-License-Identifier: LGPL-2.0-or-later
//! The keys of an encrypted connection between a proxy and the middle ends.
#![forbid(unsafe_code)]

mod dh;
mod keys;

pub use self::dh::{DH_GENERATOR, DH_GROUP, DH_PRIME, Number, group_id, is_good, is_long};
pub use self::keys::{Addresses, Handshake, Keys, MAX_MIXED, MAX_SECRET, MIN_SECRET, Refused, derive_keys};
