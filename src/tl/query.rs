//! The header of a query.
#![forbid(unsafe_code)]

use super::{
    RPC_DEST_ACTOR, RPC_DEST_ACTOR_FLAGS, RPC_DEST_FLAGS, RPC_INVOKE_KPHP_REQ, RPC_INVOKE_REQ,
    cursor::Cursor,
    error::Error,
    flags::fetch_flags,
    header::{Header, Parsed, Refused, parse, store},
};

/// Reads the header of a query from the start of `packet`.
///
/// Markers may repeat, in any order; the last actor wins. After `RPC_INVOKE_REQ` four more bytes must follow the
/// header, because the parser looks whether they are a marker.
///
/// Legacy: `tlf_query_header`.
///
/// # Errors
/// [`Refused`] with the legacy parser's error, and what it leaves in the header.
#[inline]
pub fn parse_query_header(packet: &[u8]) -> Result<Parsed, Refused> {
    parse(packet, query)
}

#[inline]
fn query(cursor: &mut Cursor<'_>, header: &mut Header) -> Result<(), Error> {
    let op = cursor.int();
    header.real_op = op.unwrap_or(-1);
    store(&mut header.op, op)?;
    let op = header.op;
    if op != RPC_INVOKE_REQ && op != RPC_INVOKE_KPHP_REQ {
        return Err(Error::NotAQuery);
    }
    store(&mut header.qid, cursor.long())?;
    if op == RPC_INVOKE_KPHP_REQ {
        return Ok(());
    }
    loop {
        let (has_actor, has_flags) = match cursor.peek_int()? {
            RPC_DEST_ACTOR => (true, false),
            RPC_DEST_ACTOR_FLAGS => (true, true),
            RPC_DEST_FLAGS => (false, true),
            _ => return Ok(()),
        };
        cursor.int()?;
        if has_actor {
            store(&mut header.actor_id, cursor.long())?;
        }
        if has_flags {
            header.flags = fetch_flags(cursor, header.flags)?;
        }
    }
}
