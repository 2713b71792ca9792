// SPDX-License-Identifier: LGPL-2.0-or-later
//! Inputs of RPC's targets: connections, packets and conversations that are right, which the fuzzer then changes.

use mtproxy_ffi::{
    crypto::DH_GROUP,
    rpc::{Dh, MAX_NONCE_LEN, Nonce, Schema, flags, frame_head},
};

use crate::write;

const SCHEMAS: [Schema; 4] = [Schema::Plain, Schema::Aes, Schema::Extra, Schema::Dh];

fn nonce(schema: Schema, extra_keys: &[u8]) -> Vec<u8> {
    let key = if schema == Schema::Plain { 0 } else { 9 };
    let dh = (schema == Schema::Dh).then_some(Dh { group: DH_GROUP, number: &[7; 256] });
    let nonce = Nonce { key, schema, timestamp: 1_700_000_000, random: b"sixteen letters!", extra_keys, dh };
    let mut place = [0; MAX_NONCE_LEN];
    let len = nonce.write(&mut place).expect("a good nonce");
    place[..len].to_vec()
}

fn frame(number: i32, packet: &[u8]) -> Vec<u8> {
    [&frame_head(packet.len() as i32, number)[..], packet, b"csum"].concat()
}

/// A nonce, a handshake, fillers and data; from each number, for both ends, whole and in pieces.
pub fn frames() {
    let filler = 4_i32.to_le_bytes();
    write(
        "rpc_frames",
        (0..16_u8).map(|kind| {
            let first = [-2, -1, 0, -3][usize::from(kind / 2 % 4)];
            let numbers = if first == -3 { 0 } else { first }..4;
            let packets = numbers.map(|number| match number {
                -2 => frame(number, &nonce(SCHEMAS[usize::from(kind % 4)], &[])),
                -1 => frame(number, &[7; 32]),
                _ => [&frame(number, &vec![1; 4 + 4 * number as usize])[..], &filler].concat(),
            });
            let bytes = packets.collect::<Vec<_>>().concat();
            let cuts: &[u8] = if kind < 8 { &[] } else { &[3, 1, 40, 7, 90] };
            [&[kind, first as u8, [0, 85, 10][usize::from(kind % 3)], cuts.len() as u8][..], cuts, &bytes]
                .concat()
        }),
    );
}

/// Each schema, with extra keys where it has them, for ends that allow one thing or all.
pub fn nonces() {
    let packets = SCHEMAS.iter().flat_map(|schema| match schema {
        Schema::Plain | Schema::Aes => vec![nonce(*schema, &[])],
        _ => vec![nonce(*schema, &[]), nonce(*schema, &[5; 32])],
    });
    let ends = [flags::PLAIN, flags::ENCRYPTED, flags::ENCRYPTED | flags::DH, flags::PERMISSIONS];
    let packets: Vec<_> = packets.collect();
    write(
        "rpc_nonce",
        packets
            .iter()
            .flat_map(|packet| ends.map(|allowed| [&[allowed as u8, 1, 1, 3, 0][..], packet].concat())),
    );
}

/// Both ends allow the same, or one more; nothing is changed, or one byte of each message.
pub fn handshakes() {
    let ends = [(1, 1), (2, 2), (6, 6), (14, 6), (15, 3), (3, 15)];
    let ids: Vec<u8> = (1..25).collect();
    write(
        "rpc_handshake",
        ends.into_iter().flat_map(|(client, server)| {
            [vec![], [0, 1, 2, 3].map(|message| [message, 8, 0, 1]).concat()]
                .map(|changes| [&[client, server, 2, 3][..], &ids, &changes].concat())
        }),
    );
}
