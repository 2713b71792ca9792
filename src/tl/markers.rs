// SPDX-License-Identifier: LGPL-2.0-or-later
//! Writing the part of a header that follows the operation and the query id.
#![forbid(unsafe_code)]

use super::{
    Header, RPC_DEST_ACTOR, RPC_DEST_ACTOR_FLAGS, RPC_INVOKE_REQ, RPC_REQ_ERROR, RPC_REQ_ERROR_WRAPPED,
    RPC_REQ_RESULT, RPC_REQ_RESULT_FLAGS,
};

/// The longest part: a marker, an actor and flags.
const LONGEST: usize = 16;

/// The markers of a header, and how many bytes they take. The error inside a result names `header.qid`. `None` for an operation
/// that has no header.
///
/// Legacy: `tls_header`.
#[must_use]
pub fn header_markers(header: &Header) -> Option<([u8; LONGEST], usize)> {
    let (actor, qid, flags) = (header.actor_id as u64, header.qid as u64, header.flags as u32);
    // A marker, a number of eight bytes behind it, and flags.
    let long = |marker: i32, number: u64| u128::from(marker as u32) | u128::from(number) << 32;
    let (markers, len) = match header.op {
        RPC_INVOKE_REQ if flags != 0 => {
            (long(RPC_DEST_ACTOR_FLAGS, actor) | u128::from(flags) << 96, LONGEST)
        }
        RPC_INVOKE_REQ if actor != 0 => (long(RPC_DEST_ACTOR, actor), 12),
        RPC_REQ_RESULT if flags != 0 => (long(RPC_REQ_RESULT_FLAGS, flags.into()), 8),
        RPC_REQ_ERROR_WRAPPED => (long(RPC_REQ_ERROR, qid), 12),
        RPC_INVOKE_REQ | RPC_REQ_RESULT | RPC_REQ_ERROR => (0, 0),
        _ => return None,
    };
    Some((markers.to_le_bytes(), len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(op: i32, flags: i32, actor_id: i64) -> Option<Vec<u8>> {
        let header = Header { op, flags, actor_id, qid: 0x1122_3344_5566_7788, ..Header::default() };
        header_markers(&header).map(|(bytes, len)| bytes[..len].to_vec())
    }

    #[test]
    fn markers_are_what_a_header_has() {
        let actor = [0x21, 0x43, 0x65, 0x87, 0, 0, 0, 0x80];
        let number = i64::from_le_bytes(actor);
        let marked = [&[0xf7, 0xac, 0xa5, 0xf0], &actor[..], &[0xfe, 0xff, 0xff, 0xff]].concat();
        assert_eq!(written(RPC_INVOKE_REQ, -2, number), Some(marked));
        assert_eq!(
            written(RPC_INVOKE_REQ, 0, number),
            Some([&[0xbd, 0xaa, 0x68, 0x75], &actor[..]].concat())
        );
        assert_eq!(written(RPC_INVOKE_REQ, 0, 0), Some(Vec::new()));
        assert_eq!(written(RPC_REQ_RESULT, 3, 1), Some(vec![0xe1, 0x4c, 0xc8, 0x8c, 3, 0, 0, 0]));
        assert_eq!(written(RPC_REQ_RESULT, 0, 1), Some(Vec::new()));
        assert_eq!(written(RPC_REQ_ERROR, 1, 1), Some(Vec::new()));
        let qid = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11];
        let wrapped = [&[0xf5, 0x32, 0xe4, 0x7a], &qid[..]].concat();
        assert_eq!(written(RPC_REQ_ERROR_WRAPPED, 0, 0), Some(wrapped));
        assert_eq!(written(7, 0, 0), None);
    }

    #[test]
    fn markers_are_read_as_they_were_written() {
        let header = Header { op: RPC_INVOKE_REQ, real_op: RPC_INVOKE_REQ, qid: 5, actor_id: -7, flags: 0 };
        let (markers, len) = header_markers(&header).expect("a query has them");
        let packet =
            [&RPC_INVOKE_REQ.to_le_bytes()[..], &5_i64.to_le_bytes(), &markers[..len], &[0; 4]].concat();
        let parsed = super::super::parse_query_header(&packet).expect("a good header");
        assert_eq!((parsed.header, parsed.consumed), (header, 12 + len));
    }
}
