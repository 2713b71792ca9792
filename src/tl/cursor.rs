//! Reading little-endian integers off a packet.
#![forbid(unsafe_code)]

use nom::{
    IResult,
    number::complete::{le_i32, le_i64},
};

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
        self.take(4, le_i32)
    }

    pub(super) fn long(&mut self) -> Result<i64, Error> {
        self.take(8, le_i64)
    }

    /// The next int, left unread.
    pub(super) fn peek_int(&self) -> Result<i32, Error> {
        Cursor { ..*self }.int()
    }

    fn take<T>(&mut self, wanted: usize, parser: fn(&'a [u8]) -> IResult<&'a [u8], T>) -> Result<T, Error> {
        let (rest, value) = parser(self.rest).map_err(|_| Error::NotEnoughData {
            wanted,
            position: self.position(),
            size: self.size,
        })?;
        self.rest = rest;
        Ok(value)
    }
}
