//! What the targets share: the legacy names, of the drop-in and, where there is one, of the original itself.
//!
//! A table has one legacy object's names as a host sees them: functions, and the addresses of variables. Whatever a
//! target asserts of one side it asserts of each in `TABLE::sides()`: the drop-in first, then, with `LEGACY_LIB` in the
//! environment, the original, relinked and loaded beside it. Inputs on which the original is undefined, hangs or ends
//! the process are the targets' to keep away from it; `is_original` tells.

mod host;
mod names;
pub mod original;
pub mod stdio;

pub use names::*;
