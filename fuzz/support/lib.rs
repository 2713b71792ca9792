// SPDX-License-Identifier: LGPL-2.0-or-later
//! Shared by the targets: the legacy names, of the drop-in and, if it is given, of the original.
//!
//! A table holds one legacy object's names as a host sees them: functions, and the addresses of variables. A target makes
//! its assertions for each side in `TABLE::sides()`: the drop-in first, then, with `LEGACY_LIB` in the environment, the
//! original, relinked and loaded beside it. If `is_original` is true, the target must skip inputs on which the original is
//! undefined, hangs or ends the process.

// The whole drop-in has these functions itself.
#[cfg(not(feature = "whole"))]
mod host;
mod names;
pub mod original;
pub mod stdio;

pub use names::*;
