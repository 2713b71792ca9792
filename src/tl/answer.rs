// SPDX-License-Identifier: LGPL-2.0-or-later
//! The header of an answer.
#![forbid(unsafe_code)]

use super::{
    RPC_REQ_ERROR, RPC_REQ_ERROR_WRAPPED, RPC_REQ_RESULT, RPC_REQ_RESULT_FLAGS,
    cursor::Source,
    error::Error,
    flags::fetch_flags,
    header::{Header, Parsed, Refused, keep, parse},
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
    parse(packet, read_answer_header)
}

/// As [`parse_answer_header`], from wherever it is.
#[inline]
pub(crate) fn read_answer_header<S: Source>(source: &mut S, header: &mut Header) -> Result<(), S::Refusal> {
    let op = keep(source.int(), &mut header.op);
    header.real_op = header.op;
    let op = op?;
    if op != RPC_REQ_ERROR && op != RPC_REQ_RESULT {
        return Err(source.refuse(Error::NotAnAnswer));
    }
    keep(source.long(), &mut header.qid)?;
    if op == RPC_REQ_ERROR {
        return Ok(());
    }
    loop {
        match source.look_int()? {
            RPC_REQ_ERROR => {
                source.int()?;
                header.op = RPC_REQ_ERROR_WRAPPED;
                source.long()?;
            }
            RPC_REQ_RESULT_FLAGS => {
                source.int()?;
                header.flags = fetch_flags(source, header.flags)?;
            }
            marker => {
                if marker == RPC_REQ_ERROR_WRAPPED {
                    header.op = RPC_REQ_ERROR_WRAPPED;
                }
                return Ok(());
            }
        }
    }
}
