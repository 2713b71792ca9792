// SPDX-License-Identifier: LGPL-2.0-or-later
//! The accepted headers as a grammar in nom's combinators, which keep position and error state.

use mtproxy_ffi::tl::*;
use nom::{
    IResult, Parser,
    branch::alt,
    combinator::{cut, peek, success, verify},
    multi::fold_many0,
    number::complete::{le_i32, le_i64},
    sequence::preceded,
};

/// Accepts this word.
fn word<'a>(wanted: i32) -> impl Parser<&'a [u8], Output = i32, Error = nom::error::Error<&'a [u8]>> {
    verify(le_i32, move |word| *word == wanted)
}

/// A query, up to its body: query id and last actor.
fn query(packet: &[u8]) -> IResult<&[u8], Header> {
    // After the first word of a marker there is no way back: a fault in it is not the start of the body.
    let marker = alt((
        preceded(word(RPC_DEST_ACTOR), cut(le_i64)).map(Some),
        preceded(word(RPC_DEST_ACTOR_FLAGS), cut((le_i64, word(0)))).map(|(actor, _)| Some(actor)),
        preceded(word(RPC_DEST_FLAGS), cut(word(0))).map(|_| None),
    ));
    let markers = fold_many0(marker, || 0, |before, actor: Option<i64>| actor.unwrap_or(before));
    alt((
        (word(RPC_INVOKE_KPHP_REQ), le_i64, success(0)),
        (word(RPC_INVOKE_REQ), le_i64, markers, peek(le_i32)).map(|(op, qid, actor, _)| (op, qid, actor)),
    ))
    .map(|(op, qid, actor_id)| Header { op, real_op: op, flags: 0, qid, actor_id })
    .parse(packet)
}

/// An answer, up to its body.
fn answer(packet: &[u8]) -> IResult<&[u8], Header> {
    let marker = alt((
        preceded(word(RPC_REQ_ERROR), cut(le_i64)).map(|_| RPC_REQ_ERROR_WRAPPED),
        preceded(word(RPC_REQ_RESULT_FLAGS), cut(word(0))).map(|_| RPC_REQ_RESULT),
    ));
    // An error marker stays an error, whatever follows.
    let markers =
        fold_many0(marker, || RPC_REQ_RESULT, |before, op| if op == RPC_REQ_RESULT { before } else { op });
    alt((
        (word(RPC_REQ_ERROR), le_i64, success(RPC_REQ_ERROR)),
        (word(RPC_REQ_RESULT), le_i64, (markers, peek(le_i32)).map(after_markers)),
    ))
    .map(|(real_op, qid, op)| Header { op, real_op, flags: 0, qid, actor_id: 0 })
    .parse(packet)
}

/// A body may begin with `RPC_REQ_ERROR_WRAPPED`, which marks a result that holds an error.
fn after_markers((op, next): (i32, i32)) -> i32 {
    if next == RPC_REQ_ERROR_WRAPPED { next } else { op }
}

/// The result of the grammar, if it accepts the packet.
fn accepted(packet: &[u8], grammar: impl Fn(&[u8]) -> IResult<&[u8], Header>) -> Option<Parsed> {
    let (body, header) = grammar(packet).ok()?;
    Some(Parsed { header, consumed: packet.len() - body.len() })
}

pub(crate) fn accepted_query(packet: &[u8]) -> Option<Parsed> {
    accepted(packet, query)
}

pub(crate) fn accepted_answer(packet: &[u8]) -> Option<Parsed> {
    accepted(packet, answer)
}
