// SPDX-License-Identifier: LGPL-2.0-or-later
//! The lengths of words and strings.
#![forbid(unsafe_code)]

use super::skip::after_blanks;
use crate::scan::{long_run_len, run_len, run_len_by};

/// Words are seldom longer. Up to this length a table look-up per byte is faster than testing many bytes at a time,
/// because the test for a word byte takes several vector instructions.
const FEW: usize = 32;

/// The length of the word at the cursor, leading blanks skipped and not counted.
///
/// A word consists of letters, digits, `.`, `-` and `_`. A word that starts with `[` may hold colons and includes a
/// closing `]` if there is one: the form of an IPv6 address.
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
    let text = after_blanks(text);
    let Some(inside) = text.strip_prefix(b"[") else {
        return run_len_by::<FEW>(text, is_word_by_table, |text, rest| long_word_len(text, rest, b'_'));
    };
    let address = run_len_by::<FEW>(
        inside,
        |byte| is_word_by_table(byte) | (byte == b':'),
        |text, rest| long_word_len(text, rest, b':'),
    );
    1 + address + usize::from(inside.get(address) == Some(&b']'))
}

/// The length of the string at the cursor, leading blanks skipped and not counted.
///
/// A string ends before a blank, a control byte, a `;` or a byte from 0x80 on. After a leading `"` the length is 1,
/// whatever follows: the legacy scanner does not implement quoted strings.
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
    let text = after_blanks(text);
    if text.first() == Some(&b'"') {
        return 1;
    }
    run_len::<12>(text, is_string)
}

/// Whether a byte belongs to a string: above a blank as a signed `char`, and no `;`.
#[inline]
pub(crate) fn is_string(byte: u8) -> bool {
    (b'!'..=0x7f).contains(&byte) & (byte != b';')
}

/// The length of a word whose bytes before `rest` are known; one kind of byte is `allowed` in addition.
#[inline]
fn long_word_len(text: &[u8], rest: &[u8], allowed: u8) -> usize {
    long_run_len(text, rest, |byte| is_word(byte) | (byte == allowed))
}

/// A letter, a digit, `.`, `-` or `_`.
const fn is_word(byte: u8) -> bool {
    let (letter, digit) = ((byte | 0x20).wrapping_sub(b'a') < 26, byte.wrapping_sub(b'0') < 10);
    letter | digit | (byte.wrapping_sub(b'-') < 2) | (byte == b'_')
}

/// The same, by table.
#[inline]
pub(crate) fn is_word_by_table(byte: u8) -> bool {
    WORD[usize::from(byte)]
}

static WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = is_word(byte as u8);
        byte += 1;
    }
    table
};
