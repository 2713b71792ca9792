// SPDX-License-Identifier: LGPL-2.0-or-later
//! Texts of addresses, which live until so many others were made ([`SLOTS`]).
//!
//! A text has a slot of its own, so that threads which make texts at the same time do not write into each other's.

use core::{
    array,
    ffi::c_char,
    sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed},
};

use crate::net::{ADDRESS_TEXT, AddressText};

/// The original's rings hold 32 of the shortest texts.
const SLOTS: usize = 64;

type Slot = [AtomicU8; ADDRESS_TEXT + 1];

/// Slots, which are given out in turn.
pub(crate) struct Texts {
    given: AtomicUsize,
    slots: [Slot; SLOTS],
}

impl Texts {
    pub(crate) const fn new() -> Self {
        Self {
            given: AtomicUsize::new(0),
            slots: [const { [const { AtomicU8::new(0) }; ADDRESS_TEXT + 1] }; SLOTS],
        }
    }

    fn slot(&self) -> &Slot {
        let [first, ..] = &self.slots;
        self.slots.get(self.given.fetch_add(1, Relaxed) % SLOTS).unwrap_or(first)
    }

    /// The text as a C string.
    pub(crate) fn keep(&self, text: &AddressText) -> *const c_char {
        let slot = self.slot();
        for (place, byte) in slot.iter().zip(c_string(text)) {
            // The caller alone has the slot; whom it tells of the text, it tells by its own means.
            place.store(byte, Relaxed);
        }
        slot.as_ptr().cast()
    }
}

/// A text with its end mark.
pub(crate) fn c_string(text: &AddressText) -> [u8; ADDRESS_TEXT + 1] {
    let bytes = text.as_bytes();
    array::from_fn(|index| bytes.get(index).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::ipv4_text;

    #[test]
    fn texts_live_until_all_slots_were_given_out() {
        let texts = Texts::new();
        let make = |number: usize| texts.keep(&ipv4_text([number as u8; 4]));
        let all: Vec<_> = (0..SLOTS).map(make).collect();
        let read = |text: *const c_char| {
            let slot = texts.slots.iter().find(|slot| slot.as_ptr().cast() == text).expect("a slot's start");
            let bytes = slot.iter().map(|byte| byte.load(Relaxed)).take_while(|&byte| byte != 0);
            String::from_utf8(bytes.collect()).unwrap()
        };
        for (number, text) in all.iter().enumerate() {
            assert_eq!(read(*text), format!("{number}.{number}.{number}.{number}"));
        }
        assert_eq!(make(255), all[0]);
        assert_eq!((read(all[0]), read(all[1])), ("255.255.255.255".to_owned(), "1.1.1.1".to_owned()));
    }
}
