// SPDX-License-Identifier: LGPL-2.0-or-later
//! The legacy folder `crypto/`.

mod aesni256;

pub use aesni256::*;
