//! Skipping what stands between tokens.
#![forbid(unsafe_code)]

use crate::scan::run_len;

/// Where skipping came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// How many bytes were passed.
    pub advance: usize,
    /// The byte reached; 0 at the end of the text.
    pub byte: u8,
    /// The line counter, moved on by every LF passed; wraps as the legacy `int` does.
    pub line: i32,
}

/// Skips spaces and tabs.
///
/// Legacy: `cfg_skspc`.
#[must_use]
pub fn skip_blanks(text: &[u8], line: i32) -> Skipped {
    Skipped::at(after_blanks(text), text, line)
}

/// Skips spaces, tabs, CRs, LFs and `#` comments. A comment ends before the next LF or NUL, or with the text.
///
/// Legacy: `cfg_skipspc`.
///
/// ```
/// let skipped = mtproxy_ffi::config::skip_spaces(b" \n# comment\n\tx", 1);
/// assert_eq!((skipped.advance, skipped.byte, skipped.line), (13, b'x', 3));
/// ```
#[must_use]
pub fn skip_spaces(text: &[u8], line: i32) -> Skipped {
    let (mut rest, mut line) = (text, line);
    loop {
        match rest {
            [b'\n', tail @ ..] => {
                line = line.wrapping_add(1);
                rest = tail;
            }
            [b' ' | b'\t' | b'\r', tail @ ..] => rest = after_blanks(tail),
            [b'#', ..] => rest = skip_run(rest, |byte| (byte != b'\n') & (byte != 0)),
            _ => return Skipped::at(rest, text, line),
        }
    }
}

/// `text` after its leading spaces and tabs.
pub(super) fn after_blanks(text: &[u8]) -> &[u8] {
    skip_run(text, |byte| (byte == b' ') | (byte == b'\t'))
}

fn skip_run(text: &[u8], wanted: impl Fn(u8) -> bool) -> &[u8] {
    text.get(run_len(text, wanted)..).unwrap_or_default()
}

impl Skipped {
    fn at(rest: &[u8], text: &[u8], line: i32) -> Self {
        Self { advance: text.len() - rest.len(), byte: rest.first().copied().unwrap_or(0), line }
    }
}
