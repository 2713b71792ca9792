// SPDX-License-Identifier: LGPL-2.0-or-later
//! A plain model of the legacy header parsers: a position, the first error, and reads that return -1 past the end.

use mtproxy_ffi::tl::{Header, Parsed, Refused};

const INVOKE_REQ: i32 = 0x2374_df3d;
const INVOKE_KPHP_REQ: i32 = 0x99a3_7fdau32 as i32;
const DEST_ACTOR: i32 = 0x7568_aabd;
const DEST_ACTOR_FLAGS: i32 = 0xf0a5_acf7u32 as i32;
const DEST_FLAGS: i32 = 0xe352_035eu32 as i32;
const REQ_ERROR: i32 = 0x7ae4_32f5;
const REQ_ERROR_WRAPPED: i32 = 0x7ae4_32f6;
const REQ_RESULT: i32 = 0x63ae_da4e;
const REQ_RESULT_FLAGS: i32 = 0x8cc8_4ce1u32 as i32;

/// The state after a header parser: the header, the number of bytes read, and the first error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) header: Header,
    pub(crate) position: usize,
    pub(crate) error: Option<(i32, String)>,
}

impl From<Result<Parsed, Refused>> for Left {
    fn from(verdict: Result<Parsed, Refused>) -> Self {
        match verdict {
            Ok(Parsed { header, consumed }) => Self { header, position: consumed, error: None },
            Err(Refused { header, consumed, error }) => {
                Self { header, position: consumed, error: Some((error.number(), error.to_string())) }
            }
        }
    }
}

struct State<'a> {
    packet: &'a [u8],
    left: Left,
}

impl<'a> State<'a> {
    fn new(packet: &'a [u8]) -> Self {
        Self { packet, left: Left { header: Header::default(), position: 0, error: None } }
    }

    /// Keeps the first error.
    fn fail(&mut self, number: i32, text: String) {
        self.left.error.get_or_insert((number, text));
    }

    fn failed(&self) -> bool {
        self.left.error.is_some()
    }

    fn look<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (at, size) = (self.left.position, self.packet.len());
        let bytes = self.packet.get(at..at + N).and_then(|bytes| bytes.try_into().ok());
        if bytes.is_none() {
            self.fail(-1004, format!("Trying to read {N} bytes at position {at} (size = {size})"));
        }
        bytes
    }

    fn look_int(&mut self) -> i32 {
        self.look().map_or(-1, i32::from_le_bytes)
    }

    fn int(&mut self) -> i32 {
        let value = self.look().map(i32::from_le_bytes);
        self.left.position += if value.is_some() { 4 } else { 0 };
        value.unwrap_or(-1)
    }

    fn long(&mut self) -> i64 {
        let value = self.look().map(i64::from_le_bytes);
        self.left.position += if value.is_some() { 8 } else { 0 };
        value.unwrap_or(-1)
    }

    fn flags(&mut self) {
        let flags = self.int();
        if !self.failed() && flags != 0 {
            self.fail(-1002, format!("Unsupported flags in header 0x{flags:08x}"));
        }
    }

    /// The operation and the query id; whether markers follow.
    fn start(&mut self, with_markers: i32, without: i32, expected: &str) -> bool {
        self.left.header.op = self.int();
        self.left.header.real_op = self.left.header.op;
        let op = self.left.header.op;
        if op != with_markers && op != without {
            self.fail(-1002, expected.to_owned());
            return false;
        }
        self.left.header.qid = self.long();
        !self.failed() && op == with_markers
    }
}

pub(crate) fn query(packet: &[u8]) -> Left {
    let mut state = State::new(packet);
    let mut more = state.start(INVOKE_REQ, INVOKE_KPHP_REQ, "Expected RPC_INVOKE_REQ or RPC_INVOKE_KPHP_REQ");
    while more && !state.failed() {
        let marker = state.look_int();
        more = !state.failed() && [DEST_ACTOR, DEST_ACTOR_FLAGS, DEST_FLAGS].contains(&marker);
        if more {
            state.int();
            if marker != DEST_FLAGS {
                state.left.header.actor_id = state.long();
            }
            if marker != DEST_ACTOR && !state.failed() {
                state.flags();
            }
        }
    }
    state.left
}

pub(crate) fn answer(packet: &[u8]) -> Left {
    let mut state = State::new(packet);
    let mut more = state.start(REQ_RESULT, REQ_ERROR, "Expected RPC_REQ_ERROR or RPC_REQ_RESULT");
    while more && !state.failed() {
        let marker = state.look_int();
        more = !state.failed() && [REQ_ERROR, REQ_RESULT_FLAGS].contains(&marker);
        if marker == REQ_ERROR_WRAPPED && !state.failed() {
            // Here the legacy parser loops for ever; ours stops.
            state.left.header.op = REQ_ERROR_WRAPPED;
        }
        if more {
            state.int();
            if marker == REQ_ERROR {
                state.left.header.op = REQ_ERROR_WRAPPED;
                state.long();
            } else {
                state.flags();
            }
        }
    }
    state.left
}
