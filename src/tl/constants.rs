//! The numbers of the protocol.
#![forbid(unsafe_code)]

/// Operation of a query.
pub const RPC_INVOKE_REQ: u32 = 0x2374df3d;
/// Operation of a query without markers.
pub const RPC_INVOKE_KPHP_REQ: u32 = 0x99a37fda;
/// Operation of an answer that is an error; as a marker, of an error inside a result.
pub const RPC_REQ_ERROR: u32 = 0x7ae432f5;
/// Operation of an answer.
pub const RPC_REQ_RESULT: u32 = 0x63aeda4e;
/// Operation reported for an answer whose result holds an error.
pub const RPC_REQ_ERROR_WRAPPED: u32 = 0x7ae432f6;
/// Marker of a query: an actor id follows.
pub const RPC_DEST_ACTOR: u32 = 0x7568aabd;
/// Marker of a query: an actor id and flags follow.
pub const RPC_DEST_ACTOR_FLAGS: u32 = 0xf0a5acf7;
/// Marker of a query: flags follow.
pub const RPC_DEST_FLAGS: u32 = 0xe352035e;
/// Marker of an answer: flags follow.
pub const RPC_REQ_RESULT_FLAGS: u32 = 0x8cc84ce1;

/// Error number: the header is not one.
pub const TL_ERROR_HEADER: i32 = -1002;
/// Error number: the header is cut off.
pub const TL_ERROR_NOT_ENOUGH_DATA: i32 = -1004;
