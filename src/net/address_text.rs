// SPDX-License-Identifier: LGPL-2.0-or-later
//! Addresses as text, as the proxy's log has them.
#![forbid(unsafe_code)]

use crate::{digits::hex_digits, text::FixedText};

/// Room for each of the texts.
pub const ADDRESS_TEXT: usize = 48;

/// The text of an address.
#[derive(Clone, Copy)]
pub struct AddressText(FixedText<ADDRESS_TEXT>);

impl AddressText {
    /// Without an end mark.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The same.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

fn push_dotted(text: &mut FixedText<ADDRESS_TEXT>, address: [u8; 4]) {
    let mut separator = "";
    for byte in address {
        text.push(separator).push_int(byte.into());
        separator = ".";
    }
}

/// `word` in hexadecimal, without zeros before it.
fn push_word(text: &mut FixedText<ADDRESS_TEXT>, word: u16) {
    let [high, low] = word.to_be_bytes().map(hex_digits);
    let digits = [high, low];
    let digits = digits.as_flattened();
    let zeros = digits.iter().take(3).take_while(|&&digit| digit == b'0').count();
    text.push_bytes(digits.get(zeros..).unwrap_or_default());
}

/// An IPv4 address.
///
/// Legacy: `conv_addr`, `show_ip`.
///
/// ```
/// assert_eq!(mtproxy_ffi::net::ipv4_text([149, 154, 175, 100]).as_str(), "149.154.175.100");
/// ```
#[must_use]
pub fn ipv4_text(address: [u8; 4]) -> AddressText {
    let mut text = FixedText::new();
    push_dotted(&mut text, address);
    AddressText(text)
}

/// An IPv6 address, not always as RFC 5952 has it: `::` stands for the longest run of zeros, the first of equally long ones
/// and even a single zero, but never for a run at the end, unless all words are zeros. An address that maps an IPv4 address is
/// written with that.
///
/// Legacy: `conv_addr6`, `show_ipv6`.
///
/// ```
/// use mtproxy_ffi::net::ipv6_text;
///
/// let mut address = [0; 16];
/// address[15] = 1;
/// assert_eq!(ipv6_text(address).as_str(), "::1");
/// address = [0; 16];
/// address[1] = 1;
/// assert_eq!(ipv6_text(address).as_str(), "1:0:0:0:0:0:0:0");
/// ```
#[must_use]
pub fn ipv6_text(address: [u8; 16]) -> AddressText {
    let mut text = FixedText::new();
    let mut words = [0; 8];
    for (word, pair) in words.iter_mut().zip(address.chunks_exact(2)) {
        if let Some(pair) = pair.first_chunk() {
            *word = u16::from_be_bytes(*pair);
        }
    }
    let (mut run, mut longest, mut end) = (0, 0, 0);
    for (index, word) in words.into_iter().enumerate() {
        if word == 0 {
            run += 1;
            continue;
        }
        if run > longest {
            (longest, end) = (run, index);
        }
        run = 0;
    }
    match (address, words) {
        (_, [0, 0, 0, 0, 0, 0, 0, 0]) => {
            text.push("::");
        }
        ([.., a, b, c, d], [0, 0, 0, 0, 0, 0xffff, _, _]) => {
            text.push("::ffff:");
            push_dotted(&mut text, [a, b, c, d]);
        }
        _ => {
            let start = end - longest;
            for (index, word) in words.into_iter().enumerate() {
                if index < start || index >= end {
                    if index > 0 {
                        text.push(":");
                    }
                    push_word(&mut text, word);
                } else if index == start {
                    text.push(":");
                }
            }
        }
    }
    AddressText(text)
}
