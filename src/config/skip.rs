// SPDX-License-Identifier: LGPL-2.0-or-later
//! Skipping spaces and comments between tokens.
#![forbid(unsafe_code)]

use crate::scan::run_len;

/// The position after skipping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The number of bytes passed.
    pub advance: usize,
    /// The next byte; `None` at the end of the text, which is a NUL or the end of the slice.
    pub byte: Option<u8>,
    /// The line counter, incremented for each LF passed; wraps as the legacy `int` does.
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
/// assert_eq!((skipped.advance, skipped.byte, skipped.line), (13, Some(b'x'), 3));
/// ```
#[must_use]
#[inline(always)]
pub fn skip_spaces(text: &[u8], line: i32) -> Skipped {
    /// There are seldom more between two tokens.
    const FEW: usize = 12;
    let (passed, lines, stopped) = skip_few(text, line, FEW);
    if let Some(byte) = stopped {
        return Skipped { advance: passed, byte: (byte != 0).then_some(byte), line: lines };
    }
    let (rest, line) = after_spaces(text.get(passed..).unwrap_or_default(), lines);
    Skipped::at(rest, text, line)
}

/// Passes at most `few` spaces of all kinds, one by one. Returns their number, the line counter, and the next byte if it
/// neither is a space nor starts a comment.
#[inline(always)]
fn skip_few(text: &[u8], mut line: i32, few: usize) -> (usize, i32, Option<u8>) {
    let mut passed = 0;
    for &byte in text.iter().take(few) {
        match KIND[usize::from(byte)] {
            STOP => return (passed, line, Some(byte)),
            COMMENT => break,
            space => line = line.wrapping_add((space == LINE_FEED).into()),
        }
        passed += 1;
    }
    (passed, line, None)
}

/// The number of bytes that are examined at a time.
const CHUNK: usize = 16;

const STOP: u8 = 0;
const BLANK: u8 = 1;
const LINE_FEED: u8 = 2;
const COMMENT: u8 = 3;

static KIND: [u8; 256] = {
    let mut kind = [STOP; 256];
    kind[b' ' as usize] = BLANK;
    kind[b'\t' as usize] = BLANK;
    kind[b'\r' as usize] = BLANK;
    kind[b'\n' as usize] = LINE_FEED;
    kind[b'#' as usize] = COMMENT;
    kind
};

/// `text` after its leading spaces of all kinds and comments, and the line counter there. Not inlined: a call that
/// passes few bytes must not pay for the registers that this loop saves.
#[inline(never)]
fn after_spaces(mut rest: &[u8], mut line: i32) -> (&[u8], i32) {
    loop {
        let (passed, lines, stopped) = skip_few(rest, line, CHUNK / 2);
        (rest, line) = (rest.get(passed..).unwrap_or_default(), lines);
        if stopped.is_some() || rest.is_empty() {
            return (rest, line);
        }
        if let [b'#', ..] = rest {
            // A comment is seldom shorter than a chunk.
            rest = skip_run::<0>(rest, |byte| (byte != b'\n') & (byte != 0));
        } else {
            (rest, line) = after_chunks(rest, line);
        }
    }
}

/// Skips spaces of all kinds, sixteen at a time, as long as sixteen remain.
#[inline]
fn after_chunks(mut rest: &[u8], mut line: i32) -> (&[u8], i32) {
    while let Some((chunk, tail)) = rest.split_first_chunk::<CHUNK>() {
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
        // Most texts have no blank here, or one.
        [b' ' | b'\t', rest @ ..] => skip_run::<8>(rest, |byte| (byte == b' ') | (byte == b'\t')),
        _ => text,
    }
}

#[inline]
fn skip_run<const N: usize>(text: &[u8], wanted: impl Fn(u8) -> bool) -> &[u8] {
    text.get(run_len::<N>(text, wanted)..).unwrap_or_default()
}

impl Skipped {
    #[inline]
    fn at(rest: &[u8], text: &[u8], line: i32) -> Self {
        Self { advance: text.len() - rest.len(), byte: rest.first().copied().filter(|&byte| byte != 0), line }
    }
}
