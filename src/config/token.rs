//! Measuring words and strings.
#![forbid(unsafe_code)]

use nom::{
    IResult, Parser, branch::alt, bytes::complete::take_while, character::complete::char, combinator::opt,
};

use super::skip::after_blanks;

/// The length of the word at the cursor, leading blanks skipped and not counted.
///
/// A word is letters, digits, `.`, `-` and `_`. One that starts with `[` may hold colons and takes a closing `]`
/// if there is one: the form of an IPv6 address.
///
/// Legacy: `cfg_getword`.
///
/// ```
/// use mtproxy_ffi::config::word_len;
///
/// assert_eq!(word_len(b" \t149.154.175.50:8888;"), 14);
/// assert_eq!(word_len(b"[2001:db8::1]:443"), 13);
/// assert_eq!(word_len(b";"), 0);
/// ```
#[must_use]
pub fn word_len(text: &[u8]) -> usize {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let address = take_while(move |byte| plain(byte) || byte == b':');
    let bracketed = (char('['), address, opt(char(']')))
        .map(|(_, address, close): (_, &[u8], _)| 1 + address.len() + usize::from(close.is_some()));
    let word: IResult<_, usize> =
        alt((bracketed, take_while(plain).map(<[u8]>::len))).parse(after_blanks(text));
    word.map_or(0, |(_, len)| len)
}

/// The length of the string at the cursor, leading blanks skipped and not counted.
///
/// A string ends before a blank, a control byte, a `;` or a byte from 0x80 on. A leading `"` makes the length 1,
/// whatever follows: the legacy scanner never learnt quoted strings.
///
/// Legacy: `cfg_getstr`.
///
/// ```
/// use mtproxy_ffi::config::string_len;
///
/// assert_eq!(string_len(b"  a#b{c};d"), 6);
/// assert_eq!(string_len(b"\"quoted\""), 1);
/// ```
#[must_use]
pub fn string_len(text: &[u8]) -> usize {
    let plain = |byte: u8| matches!(byte, b'!'..=0x7f) && byte != b';';
    let string: IResult<_, usize> =
        alt((char('"').map(|_| 1), take_while(plain).map(<[u8]>::len))).parse(after_blanks(text));
    string.map_or(0, |(_, len)| len)
}
