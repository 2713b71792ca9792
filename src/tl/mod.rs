// SPDX-License-Identifier: LGPL-2.0-or-later
//! TL headers: the bytes before the body of an RPC query or answer.
//!
//! All integers are little-endian. A header is an operation, a query id and, for some operations, markers that add
//! an actor or flags:
//!
//! ```text
//! query   RPC_INVOKE_REQ  qid  [RPC_DEST_ACTOR actor | RPC_DEST_ACTOR_FLAGS actor flags | RPC_DEST_FLAGS flags]…  body
//!         RPC_INVOKE_KPHP_REQ  qid  body
//! answer  RPC_REQ_RESULT  qid  [RPC_REQ_ERROR 8 bytes | RPC_REQ_RESULT_FLAGS flags]…  body
//!         RPC_REQ_ERROR  qid  body
//! ```
//!
//! A refused header still holds the fields that were read: a proxy answers a bad query with an error addressed to its qid.
//!
//! ```
//! use mtproxy_ffi::tl::{self, Error};
//!
//! // The actor id is cut off after three bytes.
//! let packet = b"\x3d\xdf\x74\x23\x05\0\0\0\0\0\0\0\xbd\xaa\x68\x75\x01\x02\x03";
//! let refused = tl::parse_query_header(packet).unwrap_err();
//! assert_eq!(refused.error, Error::NotEnoughData { wanted: 8, position: 16, size: 19 });
//! assert_eq!(refused.error.to_string(), "Trying to read 8 bytes at position 16 (size = 19)");
//! assert_eq!((refused.header.qid, refused.header.actor_id), (5, -1));
//! ```
#![forbid(unsafe_code)]

mod answer;
mod constants;
mod cursor;
mod error;
mod flags;
mod header;
mod markers;
mod query;
mod stat_lines;

pub use answer::parse_answer_header;
#[cfg(feature = "kdb")]
pub(crate) use answer::read_answer_header;
pub use constants::*;
#[cfg(feature = "kdb")]
pub(crate) use cursor::Source;
pub use error::Error;
#[cfg(feature = "capi")]
pub(crate) use error::MAX_ERROR_TEXT;
#[cfg(feature = "kdb")]
pub(crate) use flags::fetch_flags;
pub use flags::parse_flags;
pub use header::{Header, Parsed, Refused};
pub use markers::header_markers;
pub use query::parse_query_header;
#[cfg(feature = "kdb")]
pub(crate) use query::read_query_header;
pub use stat_lines::stat_lines;
