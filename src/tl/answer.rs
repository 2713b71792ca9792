// SPDX-License-Identifier: LGPL-2.0-or-later
//! The header of an answer.
#![forbid(unsafe_code)]

use super::{
    RPC_REQ_ERROR, RPC_REQ_ERROR_WRAPPED, RPC_REQ_RESULT, RPC_REQ_RESULT_FLAGS,
    cursor::Cursor,
    error::Error,
    flags::fetch_flags,
    header::{Header, Parsed, Refused, parse, read_int, read_long},
};

/// Reads the header of an answer from the start of `packet`.
///
/// An `RPC_REQ_ERROR` marker inside a result sets `op` to [`RPC_REQ_ERROR_WRAPPED`], and the parser skips the marker's
/// eight bytes. After `RPC_REQ_RESULT` at least four more bytes must follow the header, because the parser reads them
/// to see whether they are a marker.
///
/// Legacy: `tlf_query_answer_header`. The legacy parser loops for ever if the next marker is
/// [`RPC_REQ_ERROR_WRAPPED`]; this one sets `op` to the marker, leaves it unread and succeeds.
///
/// # Errors
/// [`Refused`] with the legacy parser's error and the header fields as the legacy parser leaves them.
#[inline]
pub fn parse_answer_header(packet: &[u8]) -> Result<Parsed, Refused> {
    parse(packet, answer)
}

#[inline]
fn answer(cursor: &mut Cursor<'_>, header: &mut Header) -> Result<(), Error> {
    let op = read_int(cursor, &mut header.op);
    header.real_op = header.op;
    let op = op?;
    if op != RPC_REQ_ERROR && op != RPC_REQ_RESULT {
        return Err(Error::NotAnAnswer);
    }
    read_long(cursor, &mut header.qid)?;
    if op == RPC_REQ_ERROR {
        return Ok(());
    }
    loop {
        let body = *cursor;
        match cursor.int().ok_or_else(|| cursor.cut_off::<i32>())? {
            RPC_REQ_ERROR => {
                header.op = RPC_REQ_ERROR_WRAPPED;
                cursor.long().ok_or_else(|| cursor.cut_off::<i64>())?;
            }
            RPC_REQ_RESULT_FLAGS => header.flags = fetch_flags(cursor, header.flags)?,
            marker => {
                if marker == RPC_REQ_ERROR_WRAPPED {
                    header.op = RPC_REQ_ERROR_WRAPPED;
                }
                *cursor = body;
                return Ok(());
            }
        }
    }
}
