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
            [b'\n', b' ' | b'\t' | b'\r' | b'\n', ..] => (rest, line) = skip_chunks(rest, line),
            [b'\n', tail @ ..] => (rest, line) = (tail, line.wrapping_add(1)),
            [b' ' | b'\t' | b'\r', tail @ ..] => rest = after_blanks(tail),
            [b'#', ..] => rest = skip_run(rest, |byte| (byte != b'\n') & (byte != 0)),
            _ => return Skipped::at(rest, text, line),
        }
    }
}

/// Skips a line feed, and sixteen spaces of all kinds at a time from there on, while there are as many.
fn skip_chunks(text: &[u8], line: i32) -> (&[u8], i32) {
    let (mut rest, mut line) = (text.get(1..).unwrap_or_default(), line.wrapping_add(1));
    while let Some((chunk, tail)) = rest.split_first_chunk::<16>() {
        let is_space = |byte: u8| (byte == b' ') | (byte == b'\t') | (byte == b'\r') | (byte == b'\n');
        if !chunk.iter().fold(true, |all, &byte| all & is_space(byte)) {
            break;
        }
        let lines: u8 = chunk.iter().map(|&byte| u8::from(byte == b'\n')).sum();
        (rest, line) = (tail, line.wrapping_add(lines.into()));
    }
    (rest, line)
}

/// `text` after its leading spaces and tabs.
#[inline]
pub(super) fn after_blanks(text: &[u8]) -> &[u8] {
    match text {
        // None or one are the most common.
        [b' ' | b'\t', rest @ ..] => skip_run(rest, |byte| (byte == b' ') | (byte == b'\t')),
        _ => text,
    }
}

#[inline]
fn skip_run(text: &[u8], wanted: impl Fn(u8) -> bool) -> &[u8] {
    text.get(run_len(text, wanted)..).unwrap_or_default()
}

impl Skipped {
    fn at(rest: &[u8], text: &[u8], line: i32) -> Self {
        Self { advance: text.len() - rest.len(), byte: rest.first().copied().unwrap_or(0), line }
    }
}
