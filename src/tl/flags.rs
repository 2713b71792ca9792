// SPDX-License-Identifier: LGPL-2.0-or-later
//! The flags word. The protocol defines no flag, so only 0 is accepted.
#![forbid(unsafe_code)]

use super::{
    cursor::{Cursor, Source},
    error::Error,
};

/// Reads a flags word for a header that has the flags `present`, and returns the header's flags afterwards. Only 0 is
/// supported.
///
/// Legacy: `tlf_query_flags`, `tlf_query_answer_flags`.
///
/// # Errors
/// [`Error::NotEnoughData`]; [`Error::DuplicateFlags`] if a bit is already in `present`;
/// [`Error::UnsupportedFlags`] for any other bit.
pub fn parse_flags(packet: &[u8], present: i32) -> Result<i32, Error> {
    fetch_flags(&mut Cursor::new(packet), present)
}

/// As [`parse_flags`], from wherever they are.
pub(crate) fn fetch_flags<S: Source>(source: &mut S, present: i32) -> Result<i32, S::Refusal> {
    let refused = match source.int()? {
        0 => return Ok(present),
        flags if flags & present != 0 => Error::DuplicateFlags(flags & present),
        flags => Error::UnsupportedFlags(flags),
    };
    Err(source.refuse(refused))
}
