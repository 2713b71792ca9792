// SPDX-License-Identifier: LGPL-2.0-or-later
//! The one-byte lexemes of the configuration language.
#![forbid(unsafe_code)]

use super::skip::{Skipped, skip_spaces};

/// The lexeme at the cursor, after spaces and comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lexeme {
    /// One of `;`, `:`, `{` and `}`, consumed.
    Mark(u8),
    /// The end of the text (or a NUL byte).
    End,
    /// Anything else, not consumed.
    Other,
}

impl Lexeme {
    /// The lexeme that a byte is; no byte, and a NUL, is the end.
    #[inline]
    #[must_use]
    pub fn of(byte: Option<u8>) -> Self {
        match byte {
            None | Some(0) => Self::End,
            Some(mark @ (b';' | b':' | b'{' | b'}')) => Self::Mark(mark),
            Some(_) => Self::Other,
        }
    }
}

/// Skips spaces and comments, and consumes the mark that follows, if one does. Returns it with the number of bytes
/// passed (skipped bytes stay passed, whatever follows) and the line counter; `byte` is the consumed mark.
///
/// Legacy: `cfg_getlex`, whose return value is the mark, 0 at the end, else -1.
///
/// ```
/// use mtproxy_ffi::config::{Lexeme, lexeme};
///
/// let (found, at) = lexeme(b" # comment\n;", 1);
/// assert_eq!((found, at.advance, at.line), (Lexeme::Mark(b';'), 12, 2));
/// ```
#[must_use]
pub fn lexeme(text: &[u8], line: i32) -> (Lexeme, Skipped) {
    let skipped = skip_spaces(text, line);
    match Lexeme::of(skipped.byte) {
        mark @ Lexeme::Mark(_) => (mark, Skipped { advance: skipped.advance + 1, ..skipped }),
        other => (other, skipped),
    }
}
