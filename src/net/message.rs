// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages in buffers: which buffer is asked for, how much room stays before the first byte, and how TL frames a string.

/// The buffer of usual data, and the most bytes that are asked for in one piece.
pub const STANDARD_BUFFER: i32 = 2048;
/// The buffer of small messages.
pub const SMALL_BUFFER: i32 = 512;
/// What stays free before a message's first byte, for headers.
pub const HEADROOM: i32 = 128;

/// What a message's buffers are chosen by.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// What stays free before the first byte.
    pub headroom: i32,
    /// The smaller buffer.
    pub small: i32,
    /// The larger buffer.
    pub standard: i32,
}

impl Sizes {
    /// What usual messages are made with.
    pub const USUAL: Self = Self { headroom: HEADROOM, small: SMALL_BUFFER, standard: STANDARD_BUFFER };

    /// The size of the first buffer of a message of `count` bytes, and the room before them: less where they would not fit
    /// otherwise.
    ///
    /// ```
    /// use mtproxy_ffi::net::Sizes;
    ///
    /// assert_eq!(Sizes::USUAL.first(383), (512, 128));
    /// assert_eq!(Sizes::USUAL.first(1921), (2048, 127));
    /// ```
    #[must_use]
    pub fn first(self, count: i32) -> (i32, i32) {
        let size = if count >= self.small.saturating_sub(self.headroom) { self.standard } else { self.small };
        let room = self.standard.saturating_sub(count);
        (size, if room >= 0 { self.headroom.min(room) } else { self.headroom }.max(0))
    }

    /// The size of a further buffer of a message that will have `total` bytes.
    #[must_use]
    pub fn further(self, total: i32) -> i32 {
        if total >= self.standard { self.standard } else { self.small }
    }
}

/// The size of a buffer for `count` bytes before a message.
#[must_use]
pub fn front_buffer(count: i32) -> i32 {
    if count >= SMALL_BUFFER { STANDARD_BUFFER } else { SMALL_BUFFER }
}

/// What stands before a TL string of `len` bytes: one byte, or four from 254 on, of which three are the length's lowest.
#[must_use]
pub fn tl_string_head(len: u32) -> ([u8; 4], usize) {
    const LONG: u32 = 0xfe;
    if len < LONG { (len.to_le_bytes(), 1) } else { ((LONG | (len << 8)).to_le_bytes(), 4) }
}

/// How many zeros follow a TL string that takes `len` bytes with its head.
#[must_use]
pub fn tl_string_padding(len: u32) -> u32 {
    len.wrapping_neg() & 3
}
