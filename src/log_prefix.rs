// SPDX-License-Identifier: LGPL-2.0-or-later
//! The prefix of a log line.
#![forbid(unsafe_code)]

use core::fmt;

use crate::text::FixedText;

/// An upper bound for the length of a prefix: eight ints of eleven characters, and 21 characters between them.
const MAX_PREFIX: usize = 128;

/// The numbers of a prefix as printed: the full year, the month from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say all")]
pub struct Moment {
    pub year: i32,
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub microsecond: i32,
}

/// A formatted prefix.
#[derive(Clone, Copy)]
pub struct LogPrefix(FixedText<MAX_PREFIX>);

impl LogPrefix {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for LogPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for LogPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Formats a prefix like C's `"[%d][%4d-%02d-%02d %02d:%02d:%02d.%06d local] "`, for any numbers.
///
/// Legacy: the prefix that `kprintf` writes before a message.
///
/// ```
/// use mtproxy_ffi::log_prefix::{Moment, format_log_prefix};
///
/// let at = Moment { year: 2026, month: 2, day: 11, hour: 12, minute: 34, second: 56, microsecond: 789 };
/// assert_eq!(format_log_prefix(321, at).as_str(), "[321][2026-02-11 12:34:56.000789 local] ");
/// ```
#[must_use]
pub fn format_log_prefix(pid: i32, at: Moment) -> LogPrefix {
    let mut text = FixedText::new();
    text.push("[").push_int(pid.into()).push("][").push_padded(at.year.into(), 4, b' ');
    for (separator, number) in
        [("-", at.month), ("-", at.day), (" ", at.hour), (":", at.minute), (":", at.second)]
    {
        text.push(separator).push_padded(number.into(), 2, b'0');
    }
    text.push(".").push_padded(at.microsecond.into(), 6, b'0').push(" local] ");
    LogPrefix(text)
}
