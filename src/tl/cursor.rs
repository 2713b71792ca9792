// SPDX-License-Identifier: LGPL-2.0-or-later
//! Reads little-endian integers from a packet.
#![forbid(unsafe_code)]

use super::error::Error;

/// A packet and the position in it. A read beyond the end returns `None` and consumes nothing.
#[derive(Clone, Copy)]
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
    pub(super) fn int(&mut self) -> Option<i32> {
        self.item().map(i32::from_le_bytes)
    }

    #[inline]
    pub(super) fn long(&mut self) -> Option<i64> {
        self.item().map(i64::from_le_bytes)
    }

    /// The error for an item of type `T` that was `None`.
    #[cold]
    pub(super) fn cut_off<T>(&self) -> Error {
        Error::NotEnoughData { wanted: size_of::<T>(), position: self.position(), size: self.size }
    }

    #[inline]
    fn item<const SIZE: usize>(&mut self) -> Option<[u8; SIZE]> {
        let (&item, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(item)
    }
}
