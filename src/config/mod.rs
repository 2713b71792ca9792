// SPDX-License-Identifier: LGPL-2.0-or-later
//! The scanner of proxy configurations: the legacy `cfg_*` functions, as pure functions of the text after the cursor.
//!
//! No function moves a cursor: each returns how far the legacy one would move it. [`Scanner`] is a cursor that they move.
//! The rules are the legacy scanner's:
//!
//! * a NUL byte ends the text, wherever it stands;
//! * blanks are space and tab; [`skip_spaces`] also skips CR, LF and `#` comments, and counts LFs;
//! * bytes from 0x80 on are never part of a word or a string (the legacy `char` is signed);
//! * integers wrap at 64 bits.
//!
//! ```
//! use mtproxy_ffi::config;
//!
//! let text = b"proxy_for -4 149.154.165.109:8888; # comment\n";
//! assert_eq!(config::word_len(text), "proxy_for".len());
//!
//! let rest = &text["proxy_for".len()..];
//! let dc = config::signed_int(rest);
//! assert_eq!((dc.value, dc.consumed), (-4, 2));
//! ```
#![forbid(unsafe_code)]

mod int;
mod lexeme;
mod scanner;
mod skip;
mod token;

pub use int::{Int, int, signed_int, unsigned_int};
pub use lexeme::{Lexeme, lexeme};
pub use scanner::Scanner;
pub use skip::{Skipped, skip_blanks, skip_spaces};
#[cfg(feature = "kdb_leaf")]
pub(crate) use token::{is_string, is_word_by_table};
pub use token::{string_len, word_len};
