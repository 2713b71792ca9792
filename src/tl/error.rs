// SPDX-License-Identifier: LGPL-2.0-or-later
//! The errors of the header parsers, with the numbers and texts of the legacy parser.
#![forbid(unsafe_code)]

use core::fmt;

use super::{TL_ERROR_HEADER, TL_ERROR_NOT_ENOUGH_DATA};
use crate::text::FixedText;

/// An upper bound for the length of an error's text: the longest holds three numbers of 20 digits.
pub(crate) const MAX_ERROR_TEXT: usize = 128;

/// The reason why a header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An item reaches beyond the end of the packet.
    NotEnoughData {
        /// The size of the whole item, in bytes.
        wanted: usize,
        /// The position at which the item starts.
        position: usize,
        /// The size of the packet.
        size: usize,
    },
    /// The operation is not a query's.
    NotAQuery,
    /// The operation is not an answer's.
    NotAnAnswer,
    /// These flags are set twice.
    DuplicateFlags(i32),
    /// Flags other than 0.
    UnsupportedFlags(i32),
}

impl Error {
    /// The legacy error number: [`TL_ERROR_NOT_ENOUGH_DATA`] or [`TL_ERROR_HEADER`].
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            Self::NotEnoughData { .. } => TL_ERROR_NOT_ENOUGH_DATA,
            _ => TL_ERROR_HEADER,
        }
    }

    /// The legacy error text. A text with numbers is written into `room`.
    pub(crate) fn text(self, room: &mut Option<FixedText<MAX_ERROR_TEXT>>) -> &str {
        let (before, flags) = match self {
            Self::NotAQuery => return "Expected RPC_INVOKE_REQ or RPC_INVOKE_KPHP_REQ",
            Self::NotAnAnswer => return "Expected RPC_REQ_ERROR or RPC_REQ_RESULT",
            Self::NotEnoughData { wanted, position, size } => {
                let text = room.insert(FixedText::new());
                let pieces =
                    [("Trying to read ", wanted), (" bytes at position ", position), (" (size = ", size)];
                for (before, number) in pieces {
                    text.push(before).push_int(number as i64);
                }
                return text.push(")").as_str();
            }
            Self::DuplicateFlags(flags) => ("Duplicate", flags),
            Self::UnsupportedFlags(flags) => ("Unsupported", flags),
        };
        let text = room.insert(FixedText::new());
        text.push(before).push(" flags in header 0x").push_hex(flags as u32);
        text.as_str()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text(&mut None))
    }
}

impl core::error::Error for Error {}
