// SPDX-License-Identifier: LGPL-2.0-or-later
//! Chains: their pieces in order, who may change them, and giving them back.

mod raw;

pub(super) use raw::{Piece, Pieces};
