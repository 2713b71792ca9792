// SPDX-License-Identifier: LGPL-2.0-or-later
//! The header of a query.
#![forbid(unsafe_code)]

use super::{
    RPC_DEST_ACTOR, RPC_DEST_ACTOR_FLAGS, RPC_DEST_FLAGS, RPC_INVOKE_KPHP_REQ, RPC_INVOKE_REQ,
    cursor::Source,
    error::Error,
    flags::fetch_flags,
    header::{Header, Parsed, Refused, keep, parse},
};

/// Reads the header of a query from the start of `packet`.
///
/// Markers may repeat, in any order; the last actor wins. After `RPC_INVOKE_REQ` at least four more bytes must follow
/// the header, because the parser reads them to see whether they are a marker.
///
/// Legacy: `tlf_query_header`.
///
/// # Errors
/// [`Refused`] with the legacy parser's error and the header fields as the legacy parser leaves them.
#[inline]
pub fn parse_query_header(packet: &[u8]) -> Result<Parsed, Refused> {
    parse(packet, read_query_header)
}

/// As [`parse_query_header`], from wherever it is.
#[inline]
pub(crate) fn read_query_header<S: Source>(source: &mut S, header: &mut Header) -> Result<(), S::Refusal> {
    let op = keep(source.int(), &mut header.op);
    header.real_op = header.op;
    let op = op?;
    if op != RPC_INVOKE_REQ && op != RPC_INVOKE_KPHP_REQ {
        return Err(source.refuse(Error::NotAQuery));
    }
    keep(source.long(), &mut header.qid)?;
    if op == RPC_INVOKE_KPHP_REQ {
        return Ok(());
    }
    loop {
        let (has_actor, has_flags) = match source.look_int()? {
            RPC_DEST_ACTOR => (true, false),
            RPC_DEST_ACTOR_FLAGS => (true, true),
            RPC_DEST_FLAGS => (false, true),
            _ => return Ok(()),
        };
        source.int()?;
        if has_actor {
            keep(source.long(), &mut header.actor_id)?;
        }
        if has_flags {
            header.flags = fetch_flags(source, header.flags)?;
        }
    }
}
