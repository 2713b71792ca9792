//! Skipping what stands between tokens.
#![forbid(unsafe_code)]

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{take_till, take_while, take_while1},
    character::complete::char,
    multi::fold_many0,
    sequence::preceded,
};

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
    let comment = preceded(char('#'), take_till(|byte| byte == b'\n' || byte == 0)).map(|_| 0);
    let spaces = take_while1(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .map(|passed: &[u8]| passed.iter().filter(|&&byte| byte == b'\n').count() as i32);
    let skipped: IResult<_, _> = fold_many0(alt((spaces, comment)), || line, i32::wrapping_add).parse(text);
    let (rest, line) = skipped.unwrap_or((text, line));
    Skipped::at(rest, text, line)
}

/// `text` after its leading spaces and tabs.
pub(super) fn after_blanks(text: &[u8]) -> &[u8] {
    let skipped: IResult<_, _> = take_while(|byte| byte == b' ' || byte == b'\t').parse(text);
    skipped.map_or(text, |(rest, _)| rest)
}

impl Skipped {
    fn at(rest: &[u8], text: &[u8], line: i32) -> Self {
        Self { advance: text.len() - rest.len(), byte: rest.first().copied().unwrap_or(0), line }
    }
}
