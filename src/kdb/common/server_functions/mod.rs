// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/server-functions`: the table of options and the command line, users, limits, signals. Its variadic
//! functions and those weak ones that it calls are in `shim/server_functions.c`; `engine_set_terminal_attributes` is in
//! `shim/engine_signals.c`.
//!
//! One promise stands behind the unsafe functions of the options, as in the original: one thread at a time works with them,
//! and the table's variables are the drop-in's to change.

mod command_line;
mod process;
mod table;

pub use command_line::*;
pub use process::*;
pub use table::*;
