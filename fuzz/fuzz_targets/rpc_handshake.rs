// SPDX-License-Identifier: LGPL-2.0-or-later
//! RPC's handshake, as a conversation of both ends over a line that may change any byte: nonce, answer, handshake, answer. Each
//! end judges by the model's rules; where no byte is changed, both come to the same; and where some are, an end still takes
//! neither an encryption nor a checksum that it did not allow.
//!
//! The input is what both ends are, and what is changed on the way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::{
    crypto::DH_GROUP,
    process_id::ProcessId,
    rpc::{
        Dh, Encryption, HANDSHAKE_LEN, Handshake, MAX_NONCE_LEN, Nonce, Schema, flags, handshake_error,
        permissions,
    },
};

#[path = "../../tests/models/rpc.rs"]
#[allow(dead_code, reason = "of several models, one is used here")]
mod model;

const SENT: i32 = 1_700_000_000;
const KEY: i32 = 9;
const NUMBER: [u8; 256] = [7; 256];

/// The line between both ends: each four bytes of the input change one byte of what is sent.
struct Line<'a> {
    changes: &'a [u8],
    changed: bool,
}

impl Line<'_> {
    /// The message of this number, with its changes.
    fn pass(&mut self, number: u8, packet: &[u8]) -> Vec<u8> {
        let mut packet = packet.to_vec();
        for change in self.changes.chunks_exact(4).filter(|change| change[0] % 4 == number) {
            let at = usize::from(u16::from_le_bytes([change[1], change[2]]));
            // Beyond its end, the packet becomes longer or shorter.
            match packet.get_mut(at) {
                Some(byte) => *byte ^= change[3],
                None if change[3] % 2 == 0 => packet.push(change[3]),
                None => drop(packet.pop()),
            }
            self.changed |= change[3] != 0;
        }
        packet
    }
}

fn nonce(schema: Schema, timestamp: i32) -> Nonce<'static> {
    let key = if schema == Schema::Plain { 0 } else { KEY };
    let dh = (schema == Schema::Dh).then_some(Dh { group: DH_GROUP, number: &NUMBER });
    Nonce { key, schema, timestamp, random: b"sixteen letters!", extra_keys: &[], dh }
}

fn written(nonce: &Nonce) -> Vec<u8> {
    let mut place = [0; MAX_NONCE_LEN];
    let len = nonce.write(&mut place).expect("a good nonce");
    place[..len].to_vec()
}

fn arrived(nonce: &Nonce) -> model::Arrived {
    let same_group = nonce.dh.is_some_and(|dh| dh.group == DH_GROUP);
    model::Arrived { schema: nonce.schema, key: nonce.key, timestamp: nonce.timestamp, same_group }
}

/// What an end has agreed to: encryption or none.
fn nonces(line: &mut Line, client: i32, server: i32, apart: i32) -> Option<(i32, Encryption)> {
    let (encrypts, asks) = (
        client & flags::ENCRYPTED != 0,
        client & (flags::DH | flags::ENCRYPTED) == flags::DH | flags::ENCRYPTED,
    );
    let wanted = if asks {
        Schema::Dh
    } else if encrypts {
        Schema::Aes
    } else {
        Schema::Plain
    };
    let packet = line.pass(0, &written(&nonce(wanted, SENT)));
    let offer = Nonce::read(&packet)?;
    let now = SENT + apart;
    let known = if offer.key == KEY { KEY } else { 0 };
    let agreed = offer.at_server(server, known, now, DH_GROUP);
    assert_eq!(agreed, model::nonce_at_server(arrived(&offer), server, known, now));
    let agreed = agreed.ok()?;
    assert_eq!(agreed & !server, 0);
    let schema = match agreed {
        _ if agreed & flags::ENCRYPTED == 0 => Schema::Plain,
        _ if agreed & flags::DH != 0 => Schema::Dh,
        _ => Schema::Aes,
    };
    let packet = line.pass(1, &written(&nonce(schema, now)));
    let answer = Nonce::read(&packet)?;
    let known = if answer.key == KEY { KEY } else { 0 };
    let taken = answer.at_client(client, known, SENT, DH_GROUP, asks);
    assert_eq!(taken, model::nonce_at_client(arrived(&answer), client, known, SENT, asks));
    match taken {
        Ok(Encryption::Plain) => assert!(client & flags::PLAIN != 0),
        Ok(Encryption::Keys { dh }) => assert!(encrypts && (!dh || asks)),
        Err(_) => assert!(
            line.changed
                || schema == Schema::Plain && client & flags::PLAIN == 0
                || schema == Schema::Aes && asks
        ),
    }
    Some((agreed, taken.ok()?))
}

/// Do both ends use CRC-32C?
fn handshakes(
    line: &mut Line,
    at: [ProcessId; 2],
    any: bool,
    [client, server]: [i32; 2],
) -> Option<[bool; 2]> {
    let [own, peer] = at;
    let read =
        |packet: &[u8]| packet.try_into().ok().map(|packet: &[u8; HANDSHAKE_LEN]| Handshake::read(packet));
    let hands = |it: &Handshake| model::Hands { flags: it.flags, sender: it.sender, peer: it.peer };
    let offer = Handshake { flags: client, sender: own, peer: ProcessId { pid: 0, utime: 0, ..peer } };
    let packet = line.pass(2, &offer.write());
    let arrived = read(&packet)?;
    assert_eq!(arrived.write()[4..], packet[4..]);
    let at_server = arrived.at_server(&peer, any, server);
    assert_eq!(at_server, model::hands_at_server(hands(&arrived), &peer, any, server));
    let Ok(switches) = at_server else {
        let error = at_server.unwrap_err();
        assert_eq!(handshake_error(error, &own)[4..8], error.to_le_bytes());
        return None;
    };
    assert!(!switches || server & flags::CRC32C != 0);
    let answer =
        Handshake { flags: if switches { flags::CRC32C } else { 0 }, sender: peer, peer: arrived.sender };
    let arrived = read(&line.pass(3, &answer.write()))?;
    let taken = arrived.at_client(&own, &offer.peer, any, client);
    assert_eq!(taken, model::hands_at_client(hands(&arrived), &own, &offer.peer, any, client));
    assert!(taken != Ok(true) || client & flags::CRC32C != 0);
    assert!(taken.is_ok() || line.changed);
    Some([switches, taken.ok()?])
}

fuzz_target!(|data: &[u8]| {
    let Some(([client, server, apart, bits], data)) = data.split_first_chunk() else { return };
    let Some((ids, changes)) = data.split_first_chunk::<24>() else { return };
    let (Some(client), Some(server)) = (permissions(i32::from(*client)), permissions(i32::from(*server)))
    else {
        return;
    };
    let mut line = Line { changes, changed: false };
    let apart = i32::from(*apart as i8);
    if let Some((agreed, taken)) = nonces(&mut line, client, server, apart)
        && !line.changed
    {
        assert_eq!(taken != Encryption::Plain, agreed & flags::ENCRYPTED != 0);
        assert_eq!(
            taken == Encryption::Keys { dh: true },
            agreed & (flags::ENCRYPTED | flags::DH) == flags::ENCRYPTED | flags::DH
        );
        assert!(taken == Encryption::Plain || apart.abs() <= 30);
    }
    let id = |bytes: &[u8]| ProcessId {
        ip: u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
        port: i16::from_le_bytes([bytes[4], bytes[5]]),
        pid: u16::from_le_bytes([bytes[6], bytes[7]]),
        utime: i32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]),
    };
    let of = |bit: u8| if bits & bit != 0 { flags::CRC32C } else { 0 };
    let mut line = Line { changes, changed: false };
    if let Some([server, client]) =
        handshakes(&mut line, [id(&ids[..12]), id(&ids[12..])], bits & 4 != 0, [of(1), of(2)])
    {
        assert!(line.changed || client == server && client == (bits & 3 == 3));
    }
});
