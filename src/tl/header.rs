// SPDX-License-Identifier: LGPL-2.0-or-later
//! The parsed header, and the code that the query and answer parsers share.
#![forbid(unsafe_code)]

use core::fmt;

use super::{cursor::Cursor, error::Error};

/// A header, as far as it was read: an item that was cut off is -1, and the items after it are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The operation; for an answer whose result holds an error, [`super::RPC_REQ_ERROR_WRAPPED`].
    pub op: i32,
    /// The operation as it stands in the packet.
    pub real_op: i32,
    /// The flags: always 0, the only value supported.
    pub flags: i32,
    /// The query id.
    pub qid: i64,
    /// The actor id; the last one, if several are given.
    pub actor_id: i64,
}

/// A header that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The fields of the header.
    pub header: Header,
    /// The size of the header in bytes, which is the position of the body.
    pub consumed: usize,
}

/// A header that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The fields that were read before the error.
    pub header: Header,
    /// The number of bytes that were read.
    pub consumed: usize,
    /// The reason.
    pub error: Error,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The reason is the source's text.
        write!(f, "the header is refused after {} bytes", self.consumed)
    }
}

impl core::error::Error for Refused {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Runs `parser` from the start of `packet`, and adds the number of bytes that it read to its result.
#[inline]
pub(super) fn parse<'a>(
    packet: &'a [u8],
    parser: impl FnOnce(&mut Cursor<'a>, &mut Header) -> Result<(), Error>,
) -> Result<Parsed, Refused> {
    let mut cursor = Cursor::new(packet);
    let mut header = Header::default();
    let verdict = parser(&mut cursor, &mut header);
    let consumed = cursor.position();
    match verdict {
        Ok(()) => Ok(Parsed { header, consumed }),
        Err(error) => Err(Refused { header, consumed, error }),
    }
}

/// Keeps an item in its field. A cut-off item sets the field to -1, and the caller's error reply relies on that.
#[inline]
pub(super) fn keep<T: Copy + From<i8>, E>(item: Result<T, E>, field: &mut T) -> Result<T, E> {
    *field = *item.as_ref().unwrap_or(&T::from(-1));
    item
}
