//! The flags word: reserved for extensions that never came.
#![forbid(unsafe_code)]

use super::{cursor::Cursor, error::Error};

/// Reads a flags word for a header that has the flags `present`. Only 0 is supported. Returns the flags of the
/// header afterwards.
///
/// Legacy: `tlf_query_flags`, `tlf_query_answer_flags`.
///
/// # Errors
/// [`Error::NotEnoughData`], [`Error::DuplicateFlags`] where a bit is in `present` already,
/// [`Error::UnsupportedFlags`] for any other bit.
pub fn parse_flags(packet: &[u8], present: i32) -> Result<i32, Error> {
    fetch_flags(&mut Cursor::new(packet), present)
}

pub(super) fn fetch_flags(cursor: &mut Cursor<'_>, present: i32) -> Result<i32, Error> {
    match cursor.int().ok_or_else(|| cursor.cut_off::<i32>())? {
        0 => Ok(present),
        flags if flags & present != 0 => Err(Error::DuplicateFlags(flags & present)),
        flags => Err(Error::UnsupportedFlags(flags)),
    }
}
