// SPDX-License-Identifier: LGPL-2.0-or-later
//! The headers that are accepted, as a grammar in nom's combinators: no position and no error state is kept by hand.

use mtproxy_ffi::tl::*;
use nom::{
    IResult, Parser,
    branch::alt,
    combinator::{cut, peek, success, verify},
    multi::fold_many0,
    number::complete::{le_i32, le_i64},
    sequence::preceded,
};

/// This word.
fn word<'a>(wanted: i32) -> impl Parser<&'a [u8], Output = i32, Error = nom::error::Error<&'a [u8]>> {
    verify(le_i32, move |word| *word == wanted)
}

/// A query, up to its body: query id and last actor.
fn query(packet: &[u8]) -> IResult<&[u8], Header> {
    // After its first word a marker is one; what is wrong in it is not the body.
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
    // Once an error, always one.
    let markers =
        fold_many0(marker, || RPC_REQ_RESULT, |before, op| if op == RPC_REQ_RESULT { before } else { op });
    alt((
        (word(RPC_REQ_ERROR), le_i64, success(RPC_REQ_ERROR)),
        (word(RPC_REQ_RESULT), le_i64, (markers, peek(le_i32)).map(after_markers)),
    ))
    .map(|(real_op, qid, op)| Header { op, real_op, flags: 0, qid, actor_id: 0 })
    .parse(packet)
}

/// A body may begin with the number that says of a result that it holds an error.
fn after_markers((op, next): (i32, i32)) -> i32 {
    if next == RPC_REQ_ERROR_WRAPPED { next } else { op }
}

/// What the grammar accepts, if it does.
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
