// SPDX-License-Identifier: LGPL-2.0-or-later
//! The RPC protocol: frames in any pieces, packets that are written and read back, and two ends that come to the same end.

use mtproxy_ffi::{
    crypto::DH_GROUP,
    process_id::ProcessId,
    rpc::{
        Bucket, Dh, Encryption, Frame, FrameRules, HANDSHAKE_ERROR, Handshake, MAX_FRAME,
        MAX_HANDSHAKE_FRAME, MAX_NONCE_LEN, Nonce, Part, Refused, Schema, compact_head, flags, frame_head,
        handshake_error, next_packet, permissions,
    },
};
use proptest::prelude::*;

use crate::rpc_model;

/// What a connection makes of its bytes, which arrive piece by piece: the length of each frame, and how it ends.
fn read(part: Part, first: i32, limit: i32, pieces: &[&[u8]]) -> (Vec<i32>, Option<Refused>) {
    let (mut buffer, mut frames, mut expected) = (Vec::new(), Vec::new(), first);
    for piece in pieces {
        buffer.extend_from_slice(piece);
        while let Some(length) = buffer.first_chunk().map(|bytes| i32::from_le_bytes(*bytes)) {
            match (FrameRules { part, expected, limit }).look(buffer.len() as i32, length) {
                Frame::Needs(count) => {
                    assert!(count > 0 && buffer.len() as i32 + count == length);
                    break;
                }
                Frame::Filler => drop(buffer.drain(..4)),
                Frame::Whole(len) => {
                    drop(buffer.drain(..len as usize));
                    frames.push(len);
                    expected += 1;
                }
                Frame::Refused(why) => return (frames, Some(why)),
            }
        }
    }
    (frames, None)
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![Just(Part::Client), Just(Part::Server)]
}

/// Lengths of all kinds: fillers, frames, those at the limits, and any others.
fn length() -> impl Strategy<Value = i32> {
    prop_oneof![
        3 => Just(4),
        6 => (4..30_i32).prop_map(|words| 4 * words),
        1 => (80..90_i32).prop_map(|words| 4 * words),
        1 => 0..400_i32,
        1 => any::<i32>(),
    ]
}

fn process_id() -> impl Strategy<Value = ProcessId> {
    let few = || prop_oneof![Just(0), 1..3_i32, any::<i32>()];
    (few(), few(), few(), few()).prop_map(|(ip, port, pid, utime)| ProcessId {
        ip: ip as u32,
        port: port as i16,
        pid: pid as u16,
        utime,
    })
}

fn schema() -> impl Strategy<Value = Schema> {
    prop_oneof![Just(Schema::Plain), Just(Schema::Aes), Just(Schema::Extra), Just(Schema::Dh)]
}

/// What is allowed: the bits that a host can give.
fn allowed() -> impl Strategy<Value = i32> {
    (1..16_i32).prop_filter_map("allows nothing", permissions)
}

const NUMBER: [u8; 256] = [7; 256];

fn nonce(schema: Schema, key: i32, timestamp: i32, group: i32, extra_keys: &[u8]) -> Nonce<'_> {
    let has_keys = matches!(schema, Schema::Extra | Schema::Dh);
    Nonce {
        key,
        schema,
        timestamp,
        random: b"sixteen letters!",
        extra_keys: if has_keys { extra_keys } else { &[] },
        dh: (schema == Schema::Dh).then_some(Dh { group, number: &NUMBER }),
    }
}

proptest! {
    #[test]
    fn frames_follow_the_rules(
        part in part(), expected in -3..3_i32, limit in prop_oneof![Just(0), Just(-1), 1..600_i32],
        received in 4..500_i32, length in length(),
    ) {
        let frame = FrameRules { part, expected, limit }.look(received, length);
        prop_assert_eq!(frame, rpc_model::frame(part, expected, limit, received, length));
        if let Frame::Whole(len) | Frame::Needs(len) = frame {
            let greatest = if expected == -2 || expected == -1 { MAX_HANDSHAKE_FRAME } else { MAX_FRAME };
            prop_assert!(len <= greatest);
        }
    }

    #[test]
    fn any_cut_gives_the_same_frames(
        part in part(), first in -2..1_i32, lengths in prop::collection::vec(length(), 0..12),
        cuts in prop::collection::vec(0..2000_usize, 0..8),
    ) {
        let mut bytes = Vec::new();
        for length in lengths {
            bytes.extend(length.to_le_bytes());
            bytes.resize(bytes.len() + (length.clamp(4, 400) as usize - 4), 1);
        }
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < bytes.len()).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect();
        let each: Vec<&[u8]> = bytes.chunks(1).collect();
        let whole = read(part, first, 0, &[&bytes]);
        prop_assert_eq!(&whole, &read(part, first, 0, &pieces));
        prop_assert_eq!(&whole, &read(part, first, 0, &each));
    }

    #[test]
    fn packets_come_in_order(number in -6..4_i32, expected in -6..4_i32) {
        prop_assert_eq!(next_packet(number, expected), rpc_model::next(number, expected));
    }

    #[test]
    fn heads_say_what_is_sent(len in 0..1_i32 << 26, number: i32, kind in 0..5_usize) {
        let [a, b, c, d, rest @ ..] = frame_head(len, number);
        prop_assert_eq!((i32::from_le_bytes([a, b, c, d]), i32::from_le_bytes(rest)), (len + 12, number));
        let shape = [flags::COMPACT, flags::MEDIUM, flags::COMPACT | flags::PADDED, flags::MEDIUM | flags::PADDED, 0][kind];
        let head = compact_head(len, shape);
        prop_assert_eq!(head.is_none(), len % 4 != 0 && shape & flags::PADDED == 0);
        if let Some((bytes, count)) = head {
            let word = u32::from_le_bytes(bytes) as i32;
            let said = match (shape & flags::MEDIUM != 0, count) {
                (true, _) => word,
                (false, 1) => 4 * word,
                (false, _) => (((word as u32) >> 8) * 4) as i32,
            };
            prop_assert_eq!(said, if shape & flags::MEDIUM != 0 { len } else { len & !3 });
            prop_assert!(count == 4 || bytes[0] < 0x7f);
        }
        prop_assert_eq!(compact_head(len | 1 << 26, shape), None);
    }

    #[test]
    fn nonces_are_read_as_they_were_written(
        schema in schema(), key: i32, timestamp: i32, group: i32, keys in prop::collection::vec(any::<u8>(), 0..40),
        cut in 0..400_usize,
    ) {
        let sent = nonce(schema, key, timestamp, group, &keys);
        let mut place = [0; MAX_NONCE_LEN];
        let good = sent.extra_keys.len() % 4 == 0 && sent.extra_keys.len() <= 32;
        let len = sent.write(&mut place);
        prop_assert_eq!(len.is_some(), good);
        if let Some(len) = len {
            prop_assert_eq!(Nonce::read(&place[..len]), Some(sent));
            prop_assert!(len + 12 <= MAX_HANDSHAKE_FRAME as usize);
            let longer = [&place[..len], &[0; 4]].concat();
            prop_assert_eq!(Nonce::read(&longer), None);
            if cut < len {
                prop_assert_eq!(Nonce::read(&place[..cut]), None);
            }
            place[8] = 4;
            prop_assert_eq!(Nonce::read(&place[..len]), None);
        }
    }

    #[test]
    fn nonces_of_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..340), schema in 0..5_u8) {
        let mut bytes = bytes;
        if let Some(place) = bytes.get_mut(8..12) {
            place.copy_from_slice(&[schema, 0, 0, 0]);
        }
        let places = rpc_model::nonce(&bytes);
        prop_assert_eq!(Nonce::read(&bytes).map(|nonce| nonce.schema), places.as_ref().map(|places| places.schema));
        if let Some(nonce) = Nonce::read(&bytes) {
            let places = places.unwrap();
            prop_assert_eq!(nonce.extra_keys, &bytes[places.keys]);
            prop_assert_eq!(nonce.dh.is_some(), places.group.is_some());
            let mut again = [0; MAX_NONCE_LEN];
            let len = nonce.write(&mut again);
            prop_assert_eq!(len.map(|len| &again[4..len]), Some(&bytes[4..]));
        }
    }

    #[test]
    fn server_allows_no_more_than_it_did(
        allowed in allowed(), schema in schema(), key in 0..3_i32, known in 0..2_i32, apart in -40..40_i32, same_group: bool,
    ) {
        let now = 1_700_000_000;
        let group = if same_group { DH_GROUP } else { 5 };
        let it = rpc_model::Arrived { schema, key, timestamp: now + apart, same_group: schema == Schema::Dh && same_group };
        let agreed = nonce(schema, key, now + apart, group, &[]).at_server(allowed, known, now, DH_GROUP);
        prop_assert_eq!(agreed, rpc_model::nonce_at_server(it, allowed, known, now));
        match agreed {
            Ok(flags::PLAIN) => prop_assert!(allowed & flags::PLAIN != 0),
            Ok(agreed) => {
                prop_assert!(schema != Schema::Plain && known != 0 && apart.abs() <= 30);
                prop_assert_eq!(agreed & !allowed, 0);
                prop_assert_eq!(agreed & (flags::PLAIN | flags::ENCRYPTED), flags::ENCRYPTED);
                let has_dh = schema == Schema::Dh && same_group;
                prop_assert!(agreed & flags::DH == 0 || has_dh);
                // What may not be left out is not.
                prop_assert!(allowed & (flags::DH | flags::DH_OPTIONAL) != flags::DH || agreed & flags::DH != 0);
            }
            Err(error) => {
                prop_assert!((-7..=-3).contains(&error) && error != -4);
                // Plain is the way out of all but a clock and Diffie-Hellman.
                prop_assert!(allowed & flags::PLAIN == 0 || matches!(error, -6 | -7) || (schema == Schema::Plain && key != 0));
            }
        }
    }

    #[test]
    fn both_ends_come_to_the_same(client in allowed(), server in allowed(), same_key: bool, apart in -31..32_i32) {
        let (sent, now) = (1_700_000_000, 1_700_000_000 + apart);
        let encrypts = client & flags::ENCRYPTED != 0;
        let asks = encrypts && client & flags::DH != 0;
        let schema = if asks { Schema::Dh } else if encrypts { Schema::Aes } else { Schema::Plain };
        let key = if encrypts { 9 } else { 0 };
        let known = if same_key && encrypts { 9 } else { 0 };
        let Ok(agreed) = nonce(schema, key, sent, DH_GROUP, &[]).at_server(server, known, now, DH_GROUP) else {
            return Ok(());
        };
        let answers = match agreed {
            _ if agreed & flags::ENCRYPTED == 0 => Schema::Plain,
            _ if agreed & flags::DH != 0 => Schema::Dh,
            _ => Schema::Aes,
        };
        let key = if answers == Schema::Plain { 0 } else { 9 };
        let it = rpc_model::Arrived { schema: answers, key, timestamp: now, same_group: answers == Schema::Dh };
        let taken = nonce(answers, key, now, DH_GROUP, &[]).at_client(client, key, sent, DH_GROUP, asks);
        prop_assert_eq!(taken, rpc_model::nonce_at_client(it, client, key, sent, asks));
        match taken {
            Ok(Encryption::Plain) => prop_assert!(agreed == flags::PLAIN && client & flags::PLAIN != 0),
            Ok(Encryption::Keys { dh }) => {
                prop_assert_eq!(agreed & flags::ENCRYPTED, flags::ENCRYPTED);
                prop_assert_eq!(dh, agreed & flags::DH != 0);
                prop_assert!(encrypts && apart.abs() <= 30);
            }
            // Only what the client does not allow.
            Err(-5) => prop_assert!(answers == Schema::Plain && client & flags::PLAIN == 0),
            Err(error) => {
                prop_assert_eq!(error, -7);
                prop_assert!(answers == Schema::Aes && client & (flags::DH | flags::DH_OPTIONAL) == flags::DH);
            }
        }
    }

    #[test]
    fn clocks_half_a_circle_apart_differ(timestamp: i32, known in 1..3_i32) {
        let far = timestamp.wrapping_add(i32::MIN);
        let nonce = nonce(Schema::Aes, 9, timestamp, 0, &[]);
        prop_assert_eq!(nonce.at_server(flags::ENCRYPTED, known, far, 0), Err(-6));
        prop_assert_eq!(nonce.at_client(flags::ENCRYPTED, known, far, 0, false), Err(-6));
    }

    #[test]
    fn handshakes_are_read_as_they_were_written(flags: i32, sender in process_id(), peer in process_id()) {
        let sent = Handshake { flags, sender, peer };
        let packet = sent.write();
        prop_assert_eq!(Handshake::read(&packet), sent);
        let refusal = handshake_error(flags, &sender);
        prop_assert_eq!(&refusal[..8], [HANDSHAKE_ERROR.to_le_bytes(), flags.to_le_bytes()].concat());
        prop_assert_eq!(&refusal[8..], &packet[8..20]);
    }

    #[test]
    fn both_ends_use_the_same_checksum(client in 0..3_i32, server in 0..3_i32, low in 0..3_i32, any_peer: bool) {
        let flags_of = |of: i32| if of > 0 { flags::CRC32C } else { 0 };
        let (at_client, at_server) =
            (ProcessId { ip: 1, port: 2, pid: 3, utime: 4 }, ProcessId { ip: 5, port: 6, pid: 7, utime: 8 });
        let offer = Handshake { flags: flags_of(client), sender: at_client, peer: ProcessId { pid: 0, utime: 0, ..at_server } };
        let switches = offer.at_server(&at_server, any_peer, flags_of(server));
        let hands = |it: &Handshake| rpc_model::Hands { flags: it.flags, sender: it.sender, peer: it.peer };
        prop_assert_eq!(switches, rpc_model::hands_at_server(hands(&offer), &at_server, any_peer, flags_of(server)));
        prop_assert_eq!(switches, Ok(client > 0 && server > 0));
        let answer = Handshake { flags: flags_of(i32::from(switches.unwrap())), sender: at_server, peer: at_client };
        prop_assert_eq!(answer.at_client(&at_client, &offer.peer, any_peer, flags_of(client)), switches);
        let model = rpc_model::hands_at_client(hands(&answer), &at_client, &offer.peer, any_peer, flags_of(client));
        prop_assert_eq!(model, switches);
        // An answer that was not asked for, flags that nobody knows, and others' handshakes.
        let unasked = Handshake { flags: flags::CRC32C, ..answer };
        prop_assert_eq!(unasked.at_client(&at_client, &offer.peer, false, 0), Err(-8));
        let unknown = Handshake { flags: 1 << low, ..answer };
        prop_assert_eq!(unknown.at_client(&at_client, &offer.peer, false, 0), Err(-7));
        let other = Handshake { sender: at_client, ..answer };
        prop_assert_eq!(other.at_client(&at_client, &offer.peer, false, 0), Err(-6));
        let other = Handshake { peer: at_server, ..answer };
        prop_assert_eq!(other.at_client(&at_client, &offer.peer, false, 0), Err(-4));
        let other = Handshake { peer: at_client, ..offer };
        prop_assert_eq!(other.at_server(&at_server, any_peer, 0), if any_peer { Ok(false) } else { Err(-4) });
    }

    #[test]
    fn no_more_are_taken_than_the_rate(rate in 1..20_i32, steps in prop::collection::vec(0..50_i32, 1..200)) {
        let (mut bucket, mut now, mut taken) = (Bucket::new(), 1000.0, 0);
        for step in steps {
            now += f64::from(step) / 64.0;
            taken += i32::from(bucket.take(now, rate.into()));
            prop_assert!(f64::from(taken) <= f64::from(rate) * (now - 1000.0 + 1.0));
        }
        prop_assert!(taken >= 1);
        prop_assert!(Bucket::new().take(5.0, 0.0));
        prop_assert!(!Bucket::new().take(5.0, -1.0));
    }
}
