// SPDX-License-Identifier: LGPL-2.0-or-later
//! The legacy folder `net/`.

mod net_config;
mod net_crypto_aes;
mod net_timers;

pub use net_config::*;
pub use net_crypto_aes::*;
pub use net_timers::*;
