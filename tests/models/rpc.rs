// SPDX-License-Identifier: LGPL-2.0-or-later
//! Direct models of RPC's frames, nonces and handshakes: each a list of rules, of which the first that holds decides.

use mtproxy_ffi::{
    process_id::ProcessId,
    rpc::{Encryption, Frame, Next, Part, Refused, Schema, flags},
};

/// What the first bytes of a connection are, of which `received` are there.
pub(crate) fn frame(part: Part, expected: i32, limit: i32, received: i32, length: i32) -> Frame {
    let too_long = match expected {
        -2 | -1 => i64::from(length) > 12 + 328,
        _ => i64::from(length) >= 1 << 26,
    };
    let refused = [
        (length < 1, Refused::Length),
        (length % 4 != 0, Refused::Length),
        (part == Part::Server && length > 0x3fff_ffff, Refused::Length),
        (limit > 0 && length > limit, Refused::Length),
        (too_long, Refused::Length),
        (length == 8 || length == 12, Refused::Short),
    ];
    match refused.into_iter().find(|(is_so, _)| *is_so) {
        Some((_, why)) => Frame::Refused(why),
        None if length == 4 => Frame::Filler,
        None if received >= length => Frame::Whole(length),
        None => Frame::Needs(length - received),
    }
}

/// What the packet of a number is.
pub(crate) fn next(number: i32, expected: i32) -> Next {
    let awaited = if expected == -3 { 0 } else { expected };
    match (number == awaited, number) {
        (false, _) => Next::Refused(Refused::Number),
        (true, -2) => Next::Nonce,
        (true, -1) => Next::Handshake,
        (true, ..-2) => Next::Refused(Refused::Overflow),
        (true, 0..) => Next::Data,
    }
}

/// The places in a nonce's packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoncePlaces {
    pub(crate) schema: Schema,
    pub(crate) keys: core::ops::Range<usize>,
    pub(crate) group: Option<usize>,
}

fn word(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(bytes.get(at..at + 4)?.try_into().unwrap()))
}

/// Reads a nonce by the length that it must have.
pub(crate) fn nonce(packet: &[u8]) -> Option<NoncePlaces> {
    let (schema, has_keys, dh_len) = match word(packet, 8)? {
        0 => (Schema::Plain, false, 0),
        1 => (Schema::Aes, false, 0),
        2 => (Schema::Extra, true, 0),
        3 => (Schema::Dh, true, 260),
        _ => return None,
    };
    let count = if has_keys { word(packet, 32)? } else { 0 };
    if !(0..=8).contains(&count) {
        return None;
    }
    let first = if has_keys { 36 } else { 32 };
    let keys = first..first + 4 * count as usize;
    let group = (dh_len > 0).then_some(keys.end);
    (packet.len() == keys.end + dh_len).then_some(NoncePlaces { schema, keys, group })
}

/// What is known of a nonce that arrived.
#[derive(Clone, Copy)]
pub(crate) struct Arrived {
    pub(crate) schema: Schema,
    pub(crate) key: i32,
    pub(crate) timestamp: i32,
    /// Diffie-Hellman in the group that the receiver has.
    pub(crate) same_group: bool,
}

fn first<T>(rules: &[(bool, T)]) -> T
where
    T: Copy,
{
    rules.iter().find(|(is_so, _)| *is_so).expect("the last rule always holds").1
}

/// What a server with these permissions makes of a nonce; `known` is the key that both have, or 0.
pub(crate) fn nonce_at_server(it: Arrived, allowed: i32, known: i32, now: i32) -> Result<i32, i32> {
    let may = |bit| allowed & bit != 0;
    let (is_plain, wants_dh) = (it.schema == Schema::Plain, allowed & (flags::DH | flags::DH_OPTIONAL));
    let apart = (i64::from(it.timestamp) - i64::from(now)).abs();
    first(&[
        (is_plain && it.key != 0, Err(-3)),
        (is_plain && may(flags::PLAIN), Ok(flags::PLAIN)),
        (is_plain, Err(-5)),
        (known == 0 && may(flags::PLAIN), Ok(flags::PLAIN)),
        (known == 0, Err(-3)),
        (!may(flags::ENCRYPTED) && may(flags::PLAIN), Ok(flags::PLAIN)),
        (!may(flags::ENCRYPTED), Err(-5)),
        (apart > 30, Err(-6)),
        (wants_dh == flags::DH && !it.same_group, Err(-7)),
        (may(flags::DH) && !it.same_group, Ok(allowed & !(flags::PLAIN | flags::DH | flags::DH_OPTIONAL))),
        (true, Ok(allowed & !flags::PLAIN)),
    ])
}

/// What a client makes of the answer to its nonce of the time `sent`; `asked`: for Diffie-Hellman.
pub(crate) fn nonce_at_client(
    it: Arrived,
    allowed: i32,
    known: i32,
    sent: i32,
    asked: bool,
) -> Result<Encryption, i32> {
    let may = |bit| allowed & bit != 0;
    let (is_plain, dh) = (it.schema == Schema::Plain, it.schema == Schema::Dh);
    let apart = (i64::from(it.timestamp) - i64::from(sent)).abs();
    first(&[
        (is_plain && it.key != 0, Err(-3)),
        (is_plain && !may(flags::PLAIN), Err(-5)),
        (is_plain, Ok(Encryption::Plain)),
        (dh && !(it.same_group && may(flags::DH) && asked), Err(-7)),
        (known == 0, Err(-3)),
        (!may(flags::ENCRYPTED), Err(-5)),
        (apart > 30, Err(-6)),
        (!dh && may(flags::DH) && !may(flags::DH_OPTIONAL), Err(-7)),
        (true, Ok(Encryption::Keys { dh })),
    ])
}

/// May `asked` be this process? Of a number that it does not know, it says 0.
fn may_be(this: &ProcessId, asked: &ProcessId) -> bool {
    let fields = [
        (asked.ip == 0 || asked.ip == this.ip),
        (asked.port == 0 || asked.port == this.port),
        (asked.pid == 0 || asked.pid == this.pid),
        (asked.utime == 0 || asked.utime == this.utime),
    ];
    fields.into_iter().all(|agrees| agrees)
}

/// The flags and both ends of a handshake that arrived.
#[derive(Clone, Copy)]
pub(crate) struct Hands {
    pub(crate) flags: i32,
    pub(crate) sender: ProcessId,
    pub(crate) peer: ProcessId,
}

/// Is CRC-32C used from now on?
pub(crate) fn hands_at_server(
    it: Hands,
    own: &ProcessId,
    any_peer: bool,
    default_flags: i32,
) -> Result<bool, i32> {
    first(&[
        (!any_peer && !may_be(own, &it.peer), Err(-4)),
        (it.flags & 0xff != 0, Err(-7)),
        (true, Ok(it.flags & default_flags & flags::CRC32C != 0)),
    ])
}

pub(crate) fn hands_at_client(
    it: Hands,
    own: &ProcessId,
    server: &ProcessId,
    any: bool,
    default_flags: i32,
) -> Result<bool, i32> {
    let wants = it.flags & flags::CRC32C != 0;
    first(&[
        (!any && !may_be(&it.sender, server), Err(-6)),
        (!may_be(own, &it.peer), Err(-4)),
        (it.flags & 0xff != 0, Err(-7)),
        (wants && default_flags & flags::CRC32C == 0, Err(-8)),
        (true, Ok(wants)),
    ])
}
