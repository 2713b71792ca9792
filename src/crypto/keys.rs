// SPDX-License-Identifier: LGPL-2.0-or-later
//! How both ends of a connection derive its keys from what they told each other and the secret they share.
#![forbid(unsafe_code)]

use zeroize::{Zeroize, Zeroizing};

use crate::digest::{md5, sha1};

/// The shortest secret in bytes.
pub const MIN_SECRET: usize = 32;
/// The longest secret in bytes.
pub const MAX_SECRET: usize = 256;
/// So many bytes of what the ends agreed on besides are mixed in.
pub const MAX_MIXED: usize = 634;

/// AES-256 keys and initialisation vectors of both directions.
#[repr(C)]
pub struct Keys {
    /// For what arrives.
    pub read_key: [u8; 32],
    /// For what arrives.
    pub read_iv: [u8; 16],
    /// For what is sent.
    pub write_key: [u8; 32],
    /// For what is sent.
    pub write_iv: [u8; 16],
}

/// The addresses of the server and the client.
#[derive(Clone, Copy, Debug)]
pub enum Addresses {
    /// IPv4, host byte order; not 0.
    V4 {
        /// The server's.
        server: u32,
        /// The client's.
        client: u32,
    },
    /// IPv6.
    V6 {
        /// The server's.
        server: [u8; 16],
        /// The client's.
        client: [u8; 16],
    },
}

/// What two ends told each other, and the secret they share.
pub struct Handshake<'a> {
    /// The keys are the client's; else the server's.
    pub client: bool,
    /// Chosen by the server.
    pub server_nonce: [u8; 16],
    /// Chosen by the client.
    pub client_nonce: [u8; 16],
    /// The client's clock, Unix seconds.
    pub timestamp: i32,
    /// Of both.
    pub addresses: Addresses,
    /// Host byte order.
    pub server_port: u16,
    /// Host byte order.
    pub client_port: u16,
    /// [`MIN_SECRET`] to [`MAX_SECRET`] bytes.
    pub secret: &'a [u8],
    /// What the ends agreed on besides, by Diffie-Hellman; may be empty. Its first [`MAX_MIXED`] bytes count.
    pub mixed: &'a [u8],
}

/// The reason why there are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The secret is empty.
    NoSecret,
    /// The secret is shorter or longer than it may be.
    SecretLength,
}

/// Derives the keys, and leaves nothing else of them and of the secret in memory: the stack is wiped, too.
///
/// The client's keys for reading are the server's for writing.
///
/// Legacy: `aes_create_keys`.
pub fn derive_keys(handshake: &Handshake<'_>, keys: &mut Keys) -> Result<(), Refused> {
    match handshake.secret.len() {
        0 => Err(Refused::NoSecret),
        MIN_SECRET..=MAX_SECRET => {
            fill(handshake, keys);
            wipe_stack();
            Ok(())
        }
        _ => Err(Refused::SecretLength),
    }
}

/// Where the text names the end that writes, and its names, which differ in every byte.
const PURPOSE: usize = 42;
const CLIENT: &[u8; 6] = b"CLIENT";
const SERVER: &[u8; 6] = b"SERVER";

#[inline(never)] // its whole frame is wiped afterwards
fn fill(handshake: &Handshake<'_>, keys: &mut Keys) {
    let mut text = Text::of(handshake);
    text.digest(&mut keys.write_key, &mut keys.write_iv);
    // Also where `mixed` has changed the name.
    for ((byte, client), server) in text.bytes.iter_mut().skip(PURPOSE).zip(CLIENT).zip(SERVER) {
        *byte ^= client ^ server;
    }
    text.digest(&mut keys.read_key, &mut keys.read_iv);
}

/// What is digested. The bytes behind its end are 0.
struct Text {
    bytes: Zeroizing<[u8; MAX_MIXED]>,
    len: usize,
}

impl Text {
    fn of(handshake: &Handshake<'_>) -> Self {
        let Handshake { server_nonce, client_nonce, .. } = handshake;
        let (server_ip, client_ip, ipv6) = match handshake.addresses {
            Addresses::V4 { server, client } => (server, client, None),
            Addresses::V6 { server, client } => (0, 0, Some((server, client))),
        };
        // Each end stores its numbers as little-endian machines do.
        let mut text = Self { bytes: Zeroizing::new([0; MAX_MIXED]), len: 0 };
        text.push(server_nonce);
        text.push(client_nonce);
        text.push(&handshake.timestamp.to_le_bytes());
        text.push(&server_ip.to_le_bytes());
        text.push(&handshake.client_port.to_le_bytes());
        text.push(if handshake.client { CLIENT } else { SERVER });
        text.push(&client_ip.to_le_bytes());
        text.push(&handshake.server_port.to_le_bytes());
        text.push(handshake.secret);
        text.push(server_nonce);
        if let Some((server, client)) = ipv6 {
            text.push(&client);
            text.push(&server);
        }
        text.push(client_nonce);
        for (byte, mixed) in text.bytes.iter_mut().zip(handshake.mixed) {
            *byte ^= mixed;
        }
        text.len = text.len.max(handshake.mixed.len()).min(MAX_MIXED);
        text
    }

    fn push(&mut self, part: &[u8]) {
        for (place, byte) in self.bytes.iter_mut().skip(self.len).zip(part) {
            *place = *byte;
        }
        self.len += part.len();
    }

    fn digest(&self, key: &mut [u8; 32], iv: &mut [u8; 16]) {
        let from = |start| self.bytes.get(start..self.len).unwrap_or_default();
        let (first, second) = (md5(from(1)), sha1(from(0)));
        for (place, byte) in key.iter_mut().zip(first.iter().take(12).chain(&second)) {
            *place = *byte;
        }
        *iv = md5(from(2));
    }
}

/// Overwrites the stack below the caller's frame, where the digests had their copies.
#[inline(never)]
fn wipe_stack() {
    [0u64; 512].zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(handshake: &Handshake<'_>) -> [u8; 96] {
        let mut keys = Keys { read_key: [0; 32], read_iv: [0; 16], write_key: [0; 32], write_iv: [0; 16] };
        derive_keys(handshake, &mut keys).expect("a secret of a good length");
        let parts: [&[u8]; 4] = [&keys.read_key, &keys.read_iv, &keys.write_key, &keys.write_iv];
        parts.concat().try_into().unwrap()
    }

    fn handshake<'a>(secret: &'a [u8], mixed: &'a [u8]) -> Handshake<'a> {
        Handshake {
            client: true,
            server_nonce: core::array::from_fn(|at| at as u8),
            client_nonce: core::array::from_fn(|at| 0xf0 - at as u8),
            timestamp: 0x6543_2107,
            addresses: Addresses::V4 { server: 0x0a01_0203, client: 0xc0a8_0105 },
            server_port: 8888,
            client_port: 50123,
            secret,
            mixed,
        }
    }

    fn bytes(count: usize) -> Vec<u8> {
        (0..count as u32).map(|at| (at * at * 31 + 7 * at + 3) as u8).collect()
    }

    /// The text and its digests once more, with the crates' MD5 and SHA-1.
    fn expected(handshake: &Handshake<'_>) -> Vec<u8> {
        use ::md5::{Digest, Md5};
        use ::sha1::Sha1;
        let text = |client: bool| {
            let (ips, v6) = match handshake.addresses {
                Addresses::V4 { server, client } => ([server, client], Vec::new()),
                Addresses::V6 { server, client } => ([0, 0], [client, server].concat()),
            };
            let mut text = [handshake.server_nonce, handshake.client_nonce].concat();
            text.extend(handshake.timestamp.to_le_bytes());
            text.extend(ips[0].to_le_bytes());
            text.extend(handshake.client_port.to_le_bytes());
            text.extend(if handshake.client { b"CLIENT" } else { b"SERVER" });
            text.extend(ips[1].to_le_bytes());
            text.extend(handshake.server_port.to_le_bytes());
            text.extend(handshake.secret);
            text.extend(handshake.server_nonce);
            text.extend(v6);
            text.extend(handshake.client_nonce);
            let mixed = &handshake.mixed[..handshake.mixed.len().min(634)];
            text.resize(text.len().max(mixed.len()), 0);
            text.iter_mut().zip(mixed).for_each(|(byte, mixed)| *byte ^= mixed);
            if client != handshake.client {
                for (at, byte) in text[42..48].iter_mut().enumerate() {
                    *byte ^= b"CLIENT"[at] ^ b"SERVER"[at];
                }
            }
            text
        };
        let one = |text: Vec<u8>| {
            let key = [&Md5::digest(&text[1..])[..12], &Sha1::digest(&text)[..]].concat();
            [key, Md5::digest(&text[2..]).to_vec()].concat()
        };
        [one(text(!handshake.client)), one(text(handshake.client))].concat()
    }

    #[test]
    fn keys_are_those_of_the_definition_at_every_length() {
        for secret in MIN_SECRET..=MAX_SECRET {
            let secret = bytes(secret);
            for mixed in [0, 1, 42, 43, 46, 48, 150, 256, 300, 380, 633, 634, 635, 2000] {
                let mixed = bytes(mixed);
                let mut one = handshake(&secret, &mixed);
                assert_eq!(keys(&one)[..], expected(&one)[..], "{} {}", secret.len(), mixed.len());
                one.client = false;
                one.addresses =
                    Addresses::V6 { server: [7; 16], client: core::array::from_fn(|at| 200 - at as u8) };
                assert_eq!(keys(&one)[..], expected(&one)[..], "{} {}", secret.len(), mixed.len());
            }
        }
    }

    #[test]
    fn ends_mirror_each_other() {
        let (secret, mixed) = (bytes(128), bytes(256));
        let mut one = handshake(&secret, &mixed);
        let client = keys(&one);
        one.client = false;
        let server = keys(&one);
        assert_eq!(client[..48], server[48..]);
        assert_eq!(client[48..], server[..48]);
        assert_ne!(client[..48], client[48..]);
    }

    #[test]
    fn secrets_of_other_lengths_are_refused() {
        let mut keys = Keys { read_key: [0; 32], read_iv: [0; 16], write_key: [0; 32], write_iv: [0; 16] };
        for (len, refused) in
            [(0, Refused::NoSecret), (31, Refused::SecretLength), (257, Refused::SecretLength)]
        {
            assert_eq!(derive_keys(&handshake(&bytes(len), &[]), &mut keys), Err(refused));
        }
        assert_eq!(keys.write_key, [0; 32]);
    }
}
