// SPDX-License-Identifier: LGPL-2.0-or-later
//! What headers are read from: little-endian integers, of a packet in one piece or wherever else they are.
#![forbid(unsafe_code)]

use super::error::Error;

/// A place with integers to read. A read beyond the end is refused, and consumes nothing.
pub(crate) trait Source {
    /// An error, or the news that the place has kept it.
    type Refusal;

    /// The next integer, which stays.
    fn look_int(&mut self) -> Result<i32, Self::Refusal>;

    fn int(&mut self) -> Result<i32, Self::Refusal>;

    fn long(&mut self) -> Result<i64, Self::Refusal>;

    fn refuse(&mut self, error: Error) -> Self::Refusal;
}

/// A packet and the position in it.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    size: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(packet: &'a [u8]) -> Self {
        Self { rest: packet, size: packet.len() }
    }

    pub(super) fn position(&self) -> usize {
        self.size - self.rest.len()
    }

    #[inline]
    fn item<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], Error> {
        let (&item, rest) = self.rest.split_first_chunk().ok_or_else(|| self.cut_off(SIZE))?;
        self.rest = rest;
        Ok(item)
    }

    #[cold]
    fn cut_off(&self, wanted: usize) -> Error {
        Error::NotEnoughData { wanted, position: self.position(), size: self.size }
    }
}

impl Source for Cursor<'_> {
    type Refusal = Error;

    #[inline]
    fn look_int(&mut self) -> Result<i32, Error> {
        Self { ..*self }.int()
    }

    #[inline]
    fn int(&mut self) -> Result<i32, Error> {
        self.item().map(i32::from_le_bytes)
    }

    #[inline]
    fn long(&mut self) -> Result<i64, Error> {
        self.item().map(i64::from_le_bytes)
    }

    #[inline]
    fn refuse(&mut self, error: Error) -> Error {
        error
    }
}
