//! Reading little-endian integers off a packet.
#![forbid(unsafe_code)]

use nom::{IResult, bytes::complete::take};

use super::error::Error;

/// A packet and how far it has been read. A failed read consumes nothing.
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

    pub(super) fn int(&mut self) -> Result<i32, Error> {
        self.item().map(i32::from_le_bytes)
    }

    pub(super) fn long(&mut self) -> Result<i64, Error> {
        self.item().map(i64::from_le_bytes)
    }

    /// The next int, left unread.
    pub(super) fn peek_int(&self) -> Result<i32, Error> {
        Cursor { ..*self }.int()
    }

    // As an array, which is read in one instruction; nom's own integers are put together byte by byte.
    #[inline]
    fn item<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], Error> {
        let taken: IResult<_, &[u8]> = take(SIZE)(self.rest);
        let cut_off = Error::NotEnoughData { wanted: SIZE, position: self.position(), size: self.size };
        let (rest, item) = taken.map_err(|_| cut_off)?;
        let item = item.try_into().map_err(|_| cut_off)?;
        self.rest = rest;
        Ok(item)
    }
}
