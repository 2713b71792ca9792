// SPDX-License-Identifier: LGPL-2.0-or-later
//! MD5 in pieces, in a context that C owns.

use core::ffi::{CStr, c_ulong};

use crate::{
    digest::{self, MD5_START, md5_blocks},
    layout::md5::Md5Context,
    sys::file::File,
};

const BLOCK: usize = 64;
/// The padding without its length: one byte 0x80, then zeros.
static PADDING: [u8; BLOCK] = {
    let mut padding = [0; BLOCK];
    padding[0] = 0x80;
    padding
};

impl Md5Context {
    pub(crate) fn start(&mut self) {
        self.total = [0; 2];
        self.state = MD5_START.map(c_ulong::from);
    }

    /// Feeds whole blocks, and returns the rest.
    fn digest_blocks<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let (state, rest) = md5_blocks(self.state.map(|word| word as u32), input);
        self.state = state.map(c_ulong::from);
        rest
    }

    fn total(&self) -> u64 {
        u64::from(self.total[1] as u32) << 32 | u64::from(self.total[0] as u32)
    }

    #[inline(never)] // many callers, one copy
    pub(crate) fn update(&mut self, input: &[u8]) {
        let total = self.total();
        let held = (total % BLOCK as u64) as usize;
        let new_total = total.wrapping_add(input.len() as u64);
        self.total = [new_total as u32, (new_total >> 32) as u32].map(c_ulong::from);

        let mut rest = input;
        if held != 0 {
            let (fill, tail) = input.split_at_checked(BLOCK - held).unwrap_or((input, &[]));
            self.keep(held, fill);
            if held + fill.len() < BLOCK {
                return;
            }
            let block = self.buffer;
            self.digest_blocks(&block);
            rest = tail;
        }
        rest = self.digest_blocks(rest);
        self.keep(0, rest);
    }

    /// Keeps bytes of a block that is not yet full.
    fn keep(&mut self, at: usize, input: &[u8]) {
        for (place, &byte) in self.buffer.iter_mut().skip(at).zip(input) {
            *place = byte;
        }
    }

    #[inline(never)] // as above
    pub(crate) fn finish(&mut self) -> [u8; 16] {
        let bits = self.total().wrapping_shl(3).to_le_bytes();
        let held = (self.total() % BLOCK as u64) as usize;
        let padding = if held < 56 { 56 - held } else { 120 - held };
        self.update(PADDING.get(..padding).unwrap_or_default());
        self.update(&bits);
        let mut output = [0; 16];
        for (place, word) in output.chunks_exact_mut(4).zip(self.state) {
            place.copy_from_slice(&(word as u32).to_le_bytes());
        }
        output
    }

    pub(crate) fn hmac_start(&mut self, key: &[u8]) {
        let hashed;
        let key = if key.len() > BLOCK {
            hashed = digest::md5(key);
            &hashed
        } else {
            key
        };
        (self.ipad, self.opad) = ([0x36; BLOCK], [0x5c; BLOCK]);
        for ((inner, outer), byte) in self.ipad.iter_mut().zip(&mut self.opad).zip(key) {
            *inner ^= byte;
            *outer ^= byte;
        }
        self.start();
        self.digest_pad(true);
    }

    pub(crate) fn hmac_finish(&mut self) -> [u8; 16] {
        let inner = self.finish();
        self.start();
        self.digest_pad(false);
        self.update(&inner);
        self.finish()
    }

    fn digest_pad(&mut self, inner: bool) {
        let pad = if inner { self.ipad } else { self.opad };
        self.update(&pad);
    }
}

/// The digest of the bytes of a file that can be read, and true if these are all; `None` if it cannot be opened.
pub(crate) fn digest_of_file(path: &CStr) -> Option<([u8; 16], bool)> {
    let file = File::open(path)?;
    let mut context =
        Md5Context { total: [0; 2], state: [0; 4], buffer: [0; BLOCK], ipad: [0; BLOCK], opad: [0; BLOCK] };
    context.start();
    let mut buffer = [0; 4096];
    let whole = loop {
        match file.read(&mut buffer) {
            Some(0) => break true,
            Some(len) => context.update(buffer.get(..len).unwrap_or_default()),
            None => break false,
        }
    };
    Some((context.finish(), whole))
}
