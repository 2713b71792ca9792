// SPDX-License-Identifier: LGPL-2.0-or-later
//! RPC's frame reader: any bytes in any pieces, against the rules applied to all of them at once.
//!
//! The input is which end reads, the first number, the host's limit, the number of pieces and their lengths, and the bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::rpc::{
    Frame, FrameRules, MAX_FRAME, MAX_HANDSHAKE_FRAME, Next, Part, Refused, frame_head, next_packet,
};

#[path = "../../tests/models/rpc.rs"]
#[allow(dead_code, reason = "of several models, one is used here")]
mod model;

/// A reader's end, what it expects next, and the host's limit.
#[derive(Clone, Copy)]
struct Reader {
    part: Part,
    expected: i32,
    limit: i32,
}

/// The packets that were taken, with what each is, and how the connection ended.
type Read = (Vec<(Next, Vec<u8>)>, Option<Refused>);

fn word(bytes: &[u8]) -> Option<i32> {
    bytes.first_chunk().map(|word| i32::from_le_bytes(*word))
}

/// The packet of a whole frame; without its checksum, which is not read here.
fn take(reader: &mut Reader, frame: &[u8], read: &mut Read) -> bool {
    let number = word(&frame[4..]).expect("a number");
    let next = next_packet(number, reader.expected);
    let packet = &frame[8..frame.len() - 4];
    match next {
        Next::Refused(why) => read.1 = Some(why),
        _ => {
            read.0.push((next, packet.to_vec()));
            reader.expected = number + 1;
            let head = frame_head(packet.len() as i32, number);
            assert_eq!(head, frame[..8]);
        }
    }
    read.1.is_none()
}

/// As a connection does: with what has arrived until now.
fn in_pieces(mut reader: Reader, pieces: &[&[u8]]) -> Read {
    let (mut buffer, mut read) = (Vec::new(), Read::default());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        while let Some(length) = word(&buffer) {
            let received = buffer.len() as i32;
            let rules = FrameRules { part: reader.part, expected: reader.expected, limit: reader.limit };
            let frame = rules.look(received, length);
            assert_eq!(frame, model::frame(reader.part, reader.expected, reader.limit, received, length));
            match frame {
                Frame::Filler => drop(buffer.drain(..4)),
                Frame::Refused(why) => {
                    assert!((-5..0).contains(&why.code(reader.part)));
                    read.1 = Some(why);
                    return read;
                }
                Frame::Needs(count) => {
                    let greatest =
                        if (-2..0).contains(&reader.expected) { MAX_HANDSHAKE_FRAME } else { MAX_FRAME };
                    assert!(count > 0 && received + count <= greatest);
                    break;
                }
                Frame::Whole(length) => {
                    let frame: Vec<u8> = buffer.drain(..length as usize).collect();
                    if !take(&mut reader, &frame, &mut read) {
                        return read;
                    }
                }
            }
        }
    }
    read
}

/// The same of all bytes, by the model alone.
fn at_once(reader: Reader, mut bytes: &[u8]) -> Read {
    let (mut read, mut expected) = (Read::default(), reader.expected);
    while let Some(length) = word(bytes) {
        match model::frame(reader.part, expected, reader.limit, bytes.len() as i32, length) {
            Frame::Needs(_) => break,
            Frame::Refused(why) => {
                read.1 = Some(why);
                break;
            }
            Frame::Filler => bytes = &bytes[4..],
            Frame::Whole(length) => {
                let (frame, rest) = bytes.split_at(length as usize);
                bytes = rest;
                let number = word(&frame[4..]).expect("a number");
                let next = model::next(number, expected);
                if let Next::Refused(why) = next {
                    read.1 = Some(why);
                    break;
                }
                read.0.push((next, frame[8..length as usize - 4].to_vec()));
                expected = number + 1;
            }
        }
    }
    read
}

fuzz_target!(|data: &[u8]| {
    let Some(([kind, first, limit, count], data)) = data.split_first_chunk() else { return };
    let Some((cuts, mut data)) = data.split_at_checked(usize::from(count % 16)) else { return };
    let part = if kind & 1 == 0 { Part::Client } else { Part::Server };
    // A limit in words, or none.
    let reader = Reader { part, expected: i32::from(*first as i8 % 5), limit: 4 * i32::from(*limit) };
    let whole = data;
    let mut pieces = Vec::new();
    for cut in cuts {
        let (piece, rest) = data.split_at(usize::from(*cut).min(data.len()));
        pieces.push(piece);
        data = rest;
    }
    pieces.push(data);
    let read = in_pieces(reader, &pieces);
    assert_eq!(read, at_once(reader, whole));
    assert_eq!(read, in_pieces(reader, &whole.chunks(1).collect::<Vec<_>>()));
});
