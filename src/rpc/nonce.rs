// SPDX-License-Identifier: LGPL-2.0-or-later
//! The first packet: what an end brings to the keys, and which encryption it can.

use super::{
    errors::{NO_DH, NO_KEYS, NOT_ALLOWED, WRONG_KEY},
    flags::{DH, DH_OPTIONAL, ENCRYPTED, PERMISSIONS, PLAIN},
};
use crate::crypto::Number;

/// The type of a nonce.
pub const NONCE: i32 = 0x7acb_87aa;
/// The length in bytes of the longest nonce: Diffie-Hellman and eight extra keys.
pub const MAX_NONCE_LEN: usize = 328;
/// The most extra keys.
pub const MAX_EXTRA_KEYS: usize = 8;
/// By how many seconds the clocks of both ends may differ.
const CLOCKS: u32 = 30;

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Without encryption.
    Plain = 0,
    /// AES with the secret that both ends have.
    Aes = 1,
    /// ... with one of several secrets.
    Extra = 2,
    /// ... and with what Diffie-Hellman adds.
    Dh = 3,
}

/// What an end brings to Diffie-Hellman.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dh<'a> {
    /// The group's id ([`DH_GROUP`](crate::crypto::DH_GROUP)).
    pub group: i32,
    /// The sender's public number.
    pub number: &'a Number,
}

/// A nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce<'a> {
    /// The first four bytes of the secret; 0 without encryption.
    pub key: i32,
    /// What is spoken.
    pub schema: Schema,
    /// The sender's clock, Unix seconds.
    pub timestamp: i32,
    /// Random.
    pub random: &'a [u8; 16],
    /// The first four bytes of each other secret that the sender has.
    pub extra_keys: &'a [u8],
    /// Present with [`Schema::Dh`], and with no other.
    pub dh: Option<Dh<'a>>,
}

/// How a connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Without encryption.
    Plain,
    /// With keys of the secret, and of what Diffie-Hellman adds.
    Keys {
        /// True if Diffie-Hellman adds something.
        dh: bool,
    },
}

fn word(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (word, rest) = bytes.split_first_chunk()?;
    Some((i32::from_le_bytes(*word), rest))
}

/// Writes bytes behind those that were written.
#[inline(never)]
fn put(place: &mut [u8; MAX_NONCE_LEN], at: &mut usize, bytes: &[u8]) {
    for (place, byte) in place.iter_mut().skip(*at).zip(bytes) {
        *place = *byte;
    }
    *at += bytes.len();
}

impl<'a> Nonce<'a> {
    /// The nonce of an end that wants no encryption.
    pub const PLAIN: Self =
        Self { key: 0, schema: Schema::Plain, timestamp: 0, random: &[0; 16], extra_keys: &[], dh: None };

    /// Writes a packet; returns its length, or `None` where there are more than eight extra keys, a part of one, or a number
    /// that does not go with the schema.
    #[inline(never)]
    pub fn write(&self, place: &mut [u8; MAX_NONCE_LEN]) -> Option<usize> {
        let has_keys = matches!(self.schema, Schema::Extra | Schema::Dh);
        let keys = self.extra_keys.len();
        if keys > if has_keys { 4 * MAX_EXTRA_KEYS } else { 0 }
            || keys % 4 != 0
            || self.dh.is_some() != (self.schema == Schema::Dh)
        {
            return None;
        }
        let mut at = 0;
        let mut put = |bytes: &[u8]| put(place, &mut at, bytes);
        for word in [NONCE, self.key, self.schema as i32, self.timestamp] {
            put(&word.to_le_bytes());
        }
        put(self.random);
        if has_keys {
            put(&((keys / 4) as i32).to_le_bytes());
            put(self.extra_keys);
        }
        if let Some(Dh { group, number }) = self.dh {
            put(&group.to_le_bytes());
            put(number);
        }
        Some(at)
    }

    /// Reads a packet, whose type is known; `None` for a wrong length, and for an unknown schema.
    #[inline(never)]
    #[must_use]
    pub fn read(packet: &'a [u8]) -> Option<Self> {
        let (_, rest) = word(packet)?;
        let (key, rest) = word(rest)?;
        let (schema, rest) = word(rest)?;
        let (timestamp, rest) = word(rest)?;
        let (random, mut rest) = rest.split_first_chunk()?;
        let schema = match schema {
            0 => Schema::Plain,
            1 => Schema::Aes,
            2 => Schema::Extra,
            3 => Schema::Dh,
            _ => return None,
        };
        let (mut extra_keys, mut dh) = (&[][..], None);
        if matches!(schema, Schema::Extra | Schema::Dh) {
            let (count, keys) = word(rest)?;
            let count = usize::try_from(count).ok().filter(|count| *count <= MAX_EXTRA_KEYS)?;
            (extra_keys, rest) = keys.split_at_checked(4 * count)?;
        }
        if schema == Schema::Dh {
            let (group, number) = word(rest)?;
            let (number, end) = number.split_first_chunk()?;
            (dh, rest) = (Some(Dh { group, number }), end);
        }
        rest.is_empty().then_some(Self { key, schema, timestamp, random, extra_keys, dh })
    }

    /// Has the other end the same group?
    fn has_group(&self, group: i32) -> bool {
        self.dh.is_some_and(|dh| dh.group == group && group != 0)
    }

    /// A server's verdict on a client's nonce: the flags that hold from now on, or the error. `allowed` are the flags that
    /// the host allows; `known` is the key that both ends have, or 0; `now` is the server's clock in Unix seconds; `group`
    /// is the server's. Where there is no encryption for both and plain text is allowed, the result is [`PLAIN`]; the client
    /// sees that in the answer, and may refuse.
    pub fn at_server(&self, allowed: i32, known: i32, now: i32, group: i32) -> Result<i32, i32> {
        let plain = |error| if allowed & PLAIN != 0 { Ok(PLAIN) } else { Err(error) };
        if self.schema == Schema::Plain {
            return if self.key != 0 { Err(WRONG_KEY) } else { plain(NOT_ALLOWED) };
        }
        if known == 0 {
            return plain(WRONG_KEY);
        }
        if allowed & ENCRYPTED == 0 {
            return plain(NOT_ALLOWED);
        }
        if self.timestamp.abs_diff(now) > CLOCKS {
            return Err(NO_KEYS);
        }
        match allowed & (DH | DH_OPTIONAL) {
            DH if !self.has_group(group) => Err(NO_DH),
            dh if dh & DH != 0 && !self.has_group(group) => Ok(allowed & !(PLAIN | DH | DH_OPTIONAL)),
            _ => Ok(allowed & !PLAIN),
        }
    }

    /// A client's verdict on the server's answer to its nonce: how the connection goes on, or the error. `allowed`, `known`
    /// and `group` as for [`Self::at_server`], of the client; `sent` is when it sent its nonce, in Unix seconds; `asked` is
    /// true if that nonce had a Diffie-Hellman number.
    pub fn at_client(
        &self,
        allowed: i32,
        known: i32,
        sent: i32,
        group: i32,
        asked: bool,
    ) -> Result<Encryption, i32> {
        match self.schema {
            Schema::Plain if self.key != 0 => return Err(WRONG_KEY),
            Schema::Plain if allowed & PLAIN == 0 => return Err(NOT_ALLOWED),
            Schema::Plain => return Ok(Encryption::Plain),
            Schema::Dh if !self.has_group(group) || allowed & DH == 0 || !asked => return Err(NO_DH),
            _ => {}
        }
        let dh = self.dh.is_some();
        if known == 0 {
            Err(WRONG_KEY)
        } else if allowed & ENCRYPTED == 0 {
            Err(NOT_ALLOWED)
        } else if self.timestamp.abs_diff(sent) > CLOCKS {
            Err(NO_KEYS)
        } else if allowed & (DH | DH_OPTIONAL) == DH && !dh {
            Err(NO_DH)
        } else {
            Ok(Encryption::Keys { dh })
        }
    }
}

/// What a host's answer about a connection allows; `None` if that is nothing.
#[must_use]
pub fn permissions(answer: i32) -> Option<i32> {
    Some(answer & PERMISSIONS).filter(|bits| bits & (PLAIN | ENCRYPTED) != 0)
}
