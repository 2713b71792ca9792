// SPDX-License-Identifier: LGPL-2.0-or-later
//! The header of a query.
#![forbid(unsafe_code)]

use super::{
    RPC_DEST_ACTOR, RPC_DEST_ACTOR_FLAGS, RPC_DEST_FLAGS, RPC_INVOKE_KPHP_REQ, RPC_INVOKE_REQ,
    cursor::Cursor,
    error::Error,
    flags::fetch_flags,
    header::{Header, Parsed, Refused, parse, read_int, read_long},
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
    parse(packet, query)
}

#[inline]
fn query(cursor: &mut Cursor<'_>, header: &mut Header) -> Result<(), Error> {
    let op = read_int(cursor, &mut header.op);
    header.real_op = header.op;
    let op = op?;
    if op != RPC_INVOKE_REQ && op != RPC_INVOKE_KPHP_REQ {
        return Err(Error::NotAQuery);
    }
    read_long(cursor, &mut header.qid)?;
    if op == RPC_INVOKE_KPHP_REQ {
        return Ok(());
    }
    loop {
        let body = *cursor;
        let (has_actor, has_flags) = match cursor.int().ok_or_else(|| cursor.cut_off::<i32>())? {
            RPC_DEST_ACTOR => (true, false),
            RPC_DEST_ACTOR_FLAGS => (true, true),
            RPC_DEST_FLAGS => (false, true),
            _ => {
                *cursor = body;
                return Ok(());
            }
        };
        if has_actor {
            read_long(cursor, &mut header.actor_id)?;
        }
        if has_flags {
            header.flags = fetch_flags(cursor, header.flags)?;
        }
    }
}
