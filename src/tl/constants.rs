// SPDX-License-Identifier: LGPL-2.0-or-later
//! The numbers of the protocol. The protocol defines operations and markers as unsigned; the legacy code stores them in
//! signed fields, and so does this module.
#![forbid(unsafe_code)]

/// Operation of a query (0x2374df3d).
pub const RPC_INVOKE_REQ: i32 = 0x2374df3d;
/// Operation of a query without markers (0x99a37fda).
pub const RPC_INVOKE_KPHP_REQ: i32 = 0x99a37fda_u32 as i32;
/// Operation of an answer that is an error; as a marker, of an error inside a result (0x7ae432f5).
pub const RPC_REQ_ERROR: i32 = 0x7ae432f5;
/// Operation of an answer (0x63aeda4e).
pub const RPC_REQ_RESULT: i32 = 0x63aeda4e;
/// Operation reported for an answer whose result holds an error (0x7ae432f6).
pub const RPC_REQ_ERROR_WRAPPED: i32 = 0x7ae432f6;
/// Marker of a query: an actor id follows (0x7568aabd).
pub const RPC_DEST_ACTOR: i32 = 0x7568aabd;
/// Marker of a query: an actor id and flags follow (0xf0a5acf7).
pub const RPC_DEST_ACTOR_FLAGS: i32 = 0xf0a5acf7_u32 as i32;
/// Marker of a query: flags follow (0xe352035e).
pub const RPC_DEST_FLAGS: i32 = 0xe352035e_u32 as i32;
/// Marker of an answer: flags follow (0x8cc84ce1).
pub const RPC_REQ_RESULT_FLAGS: i32 = 0x8cc84ce1_u32 as i32;

/// Error number: the bytes are not a header of this kind.
pub const TL_ERROR_HEADER: i32 = -1002;
/// Error number: the header is cut off.
pub const TL_ERROR_NOT_ENOUGH_DATA: i32 = -1004;
