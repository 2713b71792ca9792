// SPDX-License-Identifier: LGPL-2.0-or-later
//! What a connection does with bytes that its parser does not want to see yet: it skips them, or waits until there are enough.
//! One number says which: below 0 how many are to be skipped, above 0 how many there must be.
#![forbid(unsafe_code)]

/// What is done before the parser is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeforeParsing {
    /// So many bytes are skipped.
    pub skipped: i32,
    /// The number from now on; the parser is called if it is 0.
    pub wait: i32,
}

/// What is done with `available` bytes.
///
/// ```
/// use mtproxy_ffi::net::{BeforeParsing, before_parsing};
///
/// assert_eq!(before_parsing(-7, 5), BeforeParsing { skipped: 5, wait: -2 });
/// assert_eq!(before_parsing(7, 5), BeforeParsing { skipped: 0, wait: 7 });
/// ```
#[must_use]
pub fn before_parsing(wait: i32, available: i32) -> BeforeParsing {
    if wait < 0 {
        // The lowest number has no opposite.
        let skipped = available.min(wait.saturating_neg());
        BeforeParsing { skipped, wait: wait + skipped }
    } else {
        BeforeParsing { skipped: 0, wait: if available >= wait { 0 } else { wait } }
    }
}

/// What a parser's result asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// It is called again.
    Again,
    /// It is called when there is more.
    More,
    /// It is called when this number says so.
    Wait(i32),
}

/// The result of a parser that needs more bytes, nobody knows how many.
pub const NEED_MORE_BYTES: i32 = i32::MAX;

/// What a parser's result asks for: 0 a further call, [`NEED_MORE_BYTES`] more bytes, another number that many bytes more or, below 0,
/// fewer. `present` bytes are already there, and count as if they came later.
#[must_use]
pub fn after_parsing(result: i32, present: i32) -> Parsed {
    match result {
        0 => Parsed::Again,
        NEED_MORE_BYTES => Parsed::More,
        _ if result < 0 => Parsed::Wait(result.saturating_sub(present)),
        _ => Parsed::Wait(result.saturating_add(present)),
    }
}
