// SPDX-License-Identifier: LGPL-2.0-or-later
//! The packets that a connection receives.

use core::{ffi::c_int, ptr, sync::atomic::Ordering::Relaxed};

use super::rpc_connection::RpcConnection;
use crate::{
    kdb::{
        rwm_dump, rwm_fetch_data, rwm_fetch_data_back, rwm_fetch_lookup, rwm_free, rwm_skip_data,
        rwm_split_head,
        support::{c_text, stderr, vkprintf},
        upcalls::fail_connection,
        verbosity,
    },
    layout::{jobs::AsyncJob, net_msg::RawMessage},
    net::connection::flag,
    rpc::{Frame, FrameRules, NO_HANDSHAKE, Next, PING, Part, Refused, flags, next_packet},
};

/// What a connection's bytes are.
pub(super) enum Input {
    /// None, or nobody wants them now.
    Nothing,
    /// A part of a frame: so many bytes are needed.
    Needs(c_int),
    /// What fails the connection.
    Refused,
    /// The start of a request of HTTP.
    Http,
    /// A packet.
    Packet(Packet),
}

/// A packet, which is freed by whoever takes it.
pub(super) struct Packet {
    pub(super) message: RawMessage,
    /// What it is: not refused.
    pub(super) next: Next,
    /// Its first word.
    pub(super) operation: c_int,
}

/// What takes a packet's message, and may keep it: then it returns more than 0.
pub(super) type Execute = unsafe extern "C" fn(*mut AsyncJob, c_int, *mut RawMessage) -> c_int;
/// What takes a packet of the handshake, whose first word is the number.
pub(super) type TakeStep = unsafe fn(*mut AsyncJob, &mut RawMessage, c_int) -> Result<(), c_int>;

/// Who takes a connection's packets.
pub(super) struct Takers {
    /// The host's function for data, if it has one. It sees no pings.
    pub(super) host: Option<Execute>,
    /// The object's own function for data.
    pub(super) default: Execute,
    pub(super) nonce: TakeStep,
    pub(super) handshake: TakeStep,
}

impl Packet {
    /// Hands the packet to who takes it. Returns false after a failure.
    ///
    /// # Safety
    /// `c` is a live connection of RPC, locked by this thread, whose packets the takers know.
    #[inline(always)]
    pub(super) unsafe fn hand_to(mut self, takers: Takers, c: *mut AsyncJob) -> bool {
        let (message, operation) = (&mut self.message, self.operation);
        // SAFETY: the same promise; the packet's message, which is freed unless the host took it over.
        unsafe {
            let step = match self.next {
                Next::Nonce => takers.nonce,
                Next::Data => {
                    let execute = takers.host.filter(|_| operation != PING).unwrap_or(takers.default);
                    if execute(c, operation, message) <= 0 {
                        rwm_free(message);
                    }
                    return true;
                }
                _ => takers.handshake,
            };
            let result = step(c, message, operation);
            rwm_free(message);
            result.map_err(|error| RpcConnection::new(c).fail(error)).is_ok()
        }
    }
}

/// Above this verbosity, packets are printed.
const PRINTED_ABOVE: c_int = 2;

/// The first word of a message, of at least four bytes.
///
/// # Safety
/// `raw` is a message.
unsafe fn first_word(raw: *mut RawMessage) -> c_int {
    let mut word = 0;
    // SAFETY: the same promise, and a place for the word.
    unsafe { rwm_fetch_lookup(raw, (&raw mut word).cast(), 4) };
    word
}

impl RpcConnection {
    pub(super) fn fail(self, error: c_int) {
        // SAFETY: a live connection, as `new` asks.
        unsafe { fail_connection(self.job(), error) }
    }

    #[cold]
    #[inline(never)]
    fn refuse(self, why: Refused, part: Part) -> Input {
        self.fail(why.code(part));
        Input::Refused
    }

    /// The next packet. With `http` a server tells of a request of HTTP in place of the first one.
    #[inline(never)]
    pub(super) fn next_input(self, part: Part, limit: c_int, http: bool) -> Input {
        let (info, data) = (self.info(), self.data());
        // SAFETY: the connection's own message, as `new` asks.
        let input = unsafe { &raw mut (*info).r#in };
        loop {
            // SAFETY: fields of a live struct.
            let (received, state) = unsafe { ((*input).total_bytes, (*info).flags.load(Relaxed)) };
            if part == Part::Server && state & (flag::ERROR | flag::STOP_PARSE) != 0 || received <= 0 {
                return Input::Nothing;
            }
            if received < 4 {
                return Input::Needs(4 - received);
            }
            // SAFETY: the connection's own message.
            let mut length = unsafe { first_word(input) };
            if part == Part::Server && data.crypto_flags.load(Relaxed) & flags::QUICK_ACK != 0 {
                let others = data.flags.load(Relaxed) & !flags::QUICK_ACK_ASKED;
                data.flags.store(others | length & flags::QUICK_ACK_ASKED, Relaxed);
                length &= !flags::QUICK_ACK_ASKED;
            }
            let expected = data.in_packet_num.load(Relaxed);
            match (FrameRules { part, expected, limit }).look(received, length) {
                Frame::Needs(count) => return Input::Needs(count),
                Frame::Filler => {
                    // SAFETY: the connection's own message.
                    unsafe { rwm_skip_data(input, 4) };
                }
                Frame::Whole(length) => return self.take_frame(part, length),
                Frame::Refused(why) => {
                    let word = length.to_le_bytes();
                    if http && why == Refused::Length && is_http(&word) {
                        return Input::Http;
                    }
                    vkprintf!(1, c_text!("error while parsing packet: bad packet length %d\n"), length);
                    return self.refuse(why, part);
                }
            }
        }
    }

    /// Takes a frame, all of which is there.
    #[inline(never)]
    fn take_frame(self, part: Part, length: c_int) -> Input {
        let data = self.data();
        let mut message = RawMessage::empty(0);
        let (mut checksum, mut number) = (0_u32, 0);
        // SAFETY: the connection's own message, which is longer than what is taken; places for words.
        let (own, operation) = unsafe {
            rwm_split_head(&mut message, &raw mut (*self.info()).r#in, length);
            rwm_fetch_data_back(&mut message, (&raw mut checksum).cast(), 4);
            let own = self.checksum(&mut message, length - 4);
            if checksum == own {
                rwm_fetch_data(&mut message, ptr::null_mut(), 4);
                rwm_fetch_data(&mut message, (&raw mut number).cast(), 4);
            }
            (own, first_word(&mut message))
        };
        let is_printed = verbosity.load(Relaxed) > PRINTED_ABOVE;
        let why = if checksum != own {
            tell_of_checksum(part, own, checksum);
            Refused::Checksum
        } else {
            let mut expected = data.in_packet_num.load(Relaxed);
            if part == Part::Server && expected == NO_HANDSHAKE {
                expected = 0;
                data.in_packet_num.store(0, Relaxed);
            }
            match next_packet(number, expected) {
                Next::Refused(why) => {
                    if why == Refused::Number {
                        let format = c_text!("error while parsing packet: got packet num %d, expected %d\n");
                        vkprintf!(1, format, number, expected);
                    } else {
                        vkprintf!(1, c_text!("bad packet num %d\n"), number);
                    }
                    why
                }
                next => {
                    if is_printed {
                        self.print(&mut message, number);
                    }
                    return Input::Packet(Packet { message, next, operation });
                }
            }
        };
        if is_printed {
            self.print(&mut message, number);
        }
        // SAFETY: the message that was taken above.
        unsafe { rwm_free(&mut message) };
        self.refuse(why, part)
    }

    /// Prints a packet.
    #[cold]
    #[inline(never)]
    fn print(self, message: &mut RawMessage, number: c_int) {
        // SAFETY: C's stream, and a format that asks for two numbers; a message of this function's caller.
        unsafe {
            let format = c_text!("received packet from connection %d (num %d)\n");
            libc::fprintf(stderr, format.as_ptr(), (*self.info()).fd, number);
            rwm_dump(message);
        }
    }
}

#[cold]
#[inline(never)]
fn tell_of_checksum(part: Part, own: u32, received: u32) {
    let what = match part {
        Part::Server => c_text!(""),
        Part::Client => c_text!(" mismatch:"),
    };
    let format = c_text!("error while parsing packet: crc32%s %s%08x != %08x\n");
    let equals = match part {
        Part::Server => c_text!("= "),
        Part::Client => c_text!(""),
    };
    vkprintf!(1, format, what.as_ptr(), equals.as_ptr(), own, received);
}

/// Do requests of HTTP start with this?
fn is_http(word: &[u8; 4]) -> bool {
    matches!(word, b"HEAD" | b"POST" | b"GET " | b"OPTI")
}
