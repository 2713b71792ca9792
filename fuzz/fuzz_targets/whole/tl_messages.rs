// SPDX-License-Identifier: LGPL-2.0-or-later
//! A packet in pieces, read by a script of fetches, marks and headers: against the bytes and the header parsers, and against the
//! original itself, where it is.
//!
//! The input is four lengths of pieces, the length of the script, the script, and the packet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::tl::{Error, RPC_REQ_ERROR_WRAPPED, parse_answer_header, parse_query_header};
use support::{Mark, Packets, Reader};

/// What one step said, and where the reader is afterwards.
type Said = (Vec<u8>, (i32, i32, bool), Option<(i32, String)>);

/// A packet, and the position and mark in it.
struct Plain<'a> {
    packet: &'a [u8],
    at: usize,
    mark: Option<usize>,
    error: Option<(i32, String)>,
}

impl Plain<'_> {
    fn bytes(&mut self, len: usize, takes: bool) -> Vec<u8> {
        let rest = &self.packet[self.at..];
        let bytes = rest[..len.min(rest.len())].to_vec();
        self.at += if takes { bytes.len() } else { 0 };
        bytes
    }

    /// The status, and the fields.
    fn header(&mut self, is_answer: bool) -> Vec<u8> {
        if self.error.is_some() {
            // Nothing is read after an error.
            return format!("{:?}", (-1, (-1, -1, 0, 0, 0))).into_bytes();
        }
        let rest = &self.packet[self.at..];
        let verdict = if is_answer { parse_answer_header(rest) } else { parse_query_header(rest) };
        let before = self.at;
        let (status, header, consumed) = match verdict {
            Ok(parsed) => (parsed.consumed as i32, parsed.header, parsed.consumed),
            Err(refused) => {
                let error = match refused.error {
                    Error::NotEnoughData { wanted, position, size } => {
                        Error::NotEnoughData { wanted, position: position + before, size: size + before }
                    }
                    other => other,
                };
                self.error = Some((error.number(), error.to_string()));
                (-1, refused.header, refused.consumed)
            }
        };
        self.at += consumed;
        let fields = (header.op, header.real_op, header.flags, header.qid, header.actor_id);
        format!("{:?}", (status, fields)).into_bytes()
    }

    fn step(&mut self, step: u8) -> Said {
        let len = usize::from(step >> 3);
        let said = match step % 8 {
            0 | 3 => self.bytes(len, true),
            1 | 4 => self.bytes(len, false),
            2 => {
                self.bytes(len, true);
                Vec::new()
            }
            5 => {
                match (len % 3, self.mark) {
                    (0, None) => self.mark = Some(self.at),
                    (1, Some(at)) => (self.at, self.mark) = (at, None),
                    (2, Some(_)) => self.mark = None,
                    _ => {}
                }
                Vec::new()
            }
            kind => self.header(kind == 7),
        };
        let left = self.packet.len() - self.at;
        (said, (self.at as i32, left as i32, self.mark.is_some()), self.error.clone())
    }
}

fn step_of(reader: &mut Reader, step: u8) -> Said {
    let len = usize::from(step >> 3);
    let said = match step % 8 {
        0 => reader.bytes(len, true),
        1 => reader.bytes(len, false),
        2 => {
            reader.skip(len);
            Vec::new()
        }
        3 => reader.message(len, true),
        4 => reader.message(len, false),
        5 => {
            reader.mark([Mark::Set, Mark::Restore, Mark::Forget][len % 3]);
            Vec::new()
        }
        kind => {
            let (status, header) = reader.header(kind == 7);
            let fields = (header.op, header.real_op, header.flags, header.qid, header.actor_id);
            format!("{:?}", (status, fields)).into_bytes()
        }
    };
    (said, reader.place(), reader.error())
}

fuzz_target!(init: {
    for side in Packets::sides() {
        // SAFETY: once, before there is any buffer.
        unsafe { (side.init_msg_buffers)(0) };
    }
}, |data: &[u8]| {
    let Some((sizes, rest)) = data.split_at_checked(4) else { return };
    let Some((&steps, rest)) = rest.split_first() else { return };
    let (script, packet) = rest.split_at(rest.len().min(usize::from(steps)));
    // On this marker the original loops for ever.
    let hangs = packet.windows(4).any(|word| word == RPC_REQ_ERROR_WRAPPED.to_le_bytes());
    for side in Packets::sides().iter().filter(|side| !(side.is_original && hangs)) {
        let mut plain = Plain { packet, at: 0, mark: None, error: None };
        let mut reader = side.reader(packet, sizes);
        for &step in script {
            assert_eq!(step_of(&mut reader, step), plain.step(step), "step {step}");
        }
    }
});
