// SPDX-License-Identifier: LGPL-2.0-or-later
//! RPC's nonce: any packet is read as the model reads it, or refused, written as it was read, and taken by either end by the
//! model's rules. Neither end ever allows more than it did.
//!
//! The input is what an end allows, its key, whether it asked, its clock, its group, and the packet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::rpc::{Encryption, MAX_HANDSHAKE_FRAME, MAX_NONCE_LEN, Nonce, flags, permissions};

#[path = "../../tests/models/rpc.rs"]
#[allow(dead_code, reason = "of several models, one is used here")]
mod model;

fn word(bytes: &[u8]) -> i32 {
    i32::from_le_bytes(*bytes.first_chunk().expect("four bytes"))
}

fuzz_target!(|data: &[u8]| {
    let Some(([allowed, known, asked, apart, group], packet)) = data.split_first_chunk() else { return };
    let nonce = Nonce::read(packet);
    let places = model::nonce(packet);
    assert_eq!(nonce.is_some(), places.is_some());
    let (Some(nonce), Some(places)) = (nonce, places) else { return };
    assert_eq!(nonce.schema, places.schema);
    assert_eq!((nonce.key, nonce.timestamp), (word(&packet[4..]), word(&packet[12..])));
    assert_eq!((&nonce.random[..], nonce.extra_keys), (&packet[16..32], &packet[places.keys.clone()]));
    assert_eq!(
        nonce.dh.map(|dh| (dh.group, &dh.number[..])),
        places.group.map(|at| (word(&packet[at..]), &packet[at + 4..]))
    );
    let mut again = [0xa5; MAX_NONCE_LEN];
    let len = nonce.write(&mut again).expect("what was read can be written");
    assert_eq!(again[4..len], packet[4..]);
    assert!(again[len..].iter().all(|byte| *byte == 0xa5) && len as i32 + 12 <= MAX_HANDSHAKE_FRAME);

    let Some(allowed) = permissions(i32::from(*allowed)) else { return };
    let (known, asked) = (i32::from(known % 3), asked % 2 == 1);
    let clock = nonce.timestamp.wrapping_add(i32::from(*apart as i8));
    // The group of the packet, none, or any other.
    let group = match group % 3 {
        0 => nonce.dh.map_or(1, |dh| dh.group),
        1 => 0,
        _ => i32::from(*group),
    };
    let same_group = nonce.dh.is_some_and(|dh| dh.group == group && group != 0);
    let arrived =
        model::Arrived { schema: nonce.schema, key: nonce.key, timestamp: nonce.timestamp, same_group };

    let agreed = nonce.at_server(allowed, known, clock, group);
    assert_eq!(agreed, model::nonce_at_server(arrived, allowed, known, clock));
    if let Ok(agreed) = agreed {
        assert_eq!(agreed & !allowed, 0, "the server allows more");
        let encrypts = agreed & flags::ENCRYPTED != 0;
        assert!(encrypts != (agreed & flags::PLAIN != 0) && (known != 0 || !encrypts));
    }
    let encryption = nonce.at_client(allowed, known, clock, group, asked);
    assert_eq!(encryption, model::nonce_at_client(arrived, allowed, known, clock, asked));
    match encryption {
        Ok(Encryption::Plain) => assert!(allowed & flags::PLAIN != 0),
        Ok(Encryption::Keys { dh }) => {
            assert!(known != 0 && allowed & flags::ENCRYPTED != 0 && (!dh || asked && same_group))
        }
        Err(error) => assert!((-7..=-3).contains(&error)),
    }
});
