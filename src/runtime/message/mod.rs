// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages: windows on chains of parts, which are windows on buffers. Parts and buffers count their references, so that
//! messages share them.
//!
//! A thread may add to a chain that others hold, because each message knows where its own bytes end: it locks the last part
//! for that. Everything else is changed only by who holds all references to it.
//!
//! A message without bytes has no chain: what was read to its end gives its buffers back.

mod chain;
mod cipher;
mod divide;
mod ends;
mod parts;
mod references;
mod walk;

use chain::{Piece, Pieces};
pub(crate) use cipher::{Cipher, is_block};
pub(crate) use parts::{Host, bytes_of};
use references::{is_sole, share};
pub(crate) use walk::{ADVANCE, TRUNCATE};

use crate::{layout::net_msg::MessageStats, runtime::module_stats::OwnBlock};

/// Why a call cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no message, or one that owns nothing where one that owns its bytes is needed.
    NotAMessage,
    /// A negative number of bytes.
    Negative,
    /// A part, or a message's number of bytes, was overwritten.
    Damaged,
    /// A message is added to itself.
    Itself,
    /// It has fewer bytes.
    TooShort,
    /// A cipher's block that is no power of two up to 16.
    Block,
    NoMemory,
}

/// The operating system has no memory left.
#[derive(Debug)]
pub(crate) struct NoMemory;

/// Does something to the messages of the calling thread.
///
/// What all of its unsafe functions ask for: each message is alive, and this thread's alone; it was made by them, or by C in
/// the same way; and each buffer is from the host's pool.
pub(crate) struct Messages<H> {
    pub(crate) host: H,
    pub(crate) own: OwnBlock<MessageStats>,
}

#[cfg(test)]
mod tests;
