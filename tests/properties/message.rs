// SPDX-License-Identifier: LGPL-2.0-or-later
//! Which buffers messages get, and TL strings.

use mtproxy_ffi::net::{
    HEADROOM, SMALL_BUFFER, STANDARD_BUFFER, Sizes, front_buffer, tl_string_head, tl_string_padding,
};
use proptest::prelude::*;

proptest! {
    /// Bytes that fit one buffer get one, with as much room before them as there is, up to the usual.
    #[test]
    fn one_buffer_where_one_does(count in 1..=STANDARD_BUFFER) {
        let (size, headroom) = Sizes::USUAL.first(count);
        prop_assert!((0..=HEADROOM).contains(&headroom) && headroom + count <= size);
        prop_assert!(headroom == HEADROOM || headroom + count == size);
        prop_assert_eq!(size == SMALL_BUFFER, HEADROOM + count < SMALL_BUFFER);
    }

    #[test]
    fn any_sizes_give_room_that_is_not_negative(
        count in any::<i32>(), headroom in any::<i32>(), small in any::<i32>(), standard in any::<i32>()
    ) {
        let sizes = Sizes { headroom, small, standard };
        let (size, room) = sizes.first(count);
        prop_assert!(room >= 0 && (size == small || size == standard));
        prop_assert!([small, standard].contains(&sizes.further(count)));
        prop_assert!(front_buffer(count) >= count.min(STANDARD_BUFFER));
    }

    /// The head says the length, and head, bytes and padding are whole words.
    #[test]
    fn tl_strings_can_be_read_back(len in 0..1_u32 << 24) {
        let (head, head_len) = tl_string_head(len);
        let read = match head {
            [0xfe, low, middle, high] => (u32::from_le_bytes([low, middle, high, 0]), 4),
            [short, ..] => (short.into(), 1),
        };
        prop_assert_eq!(read, (len, head_len));
        let padding = tl_string_padding(len + head_len as u32);
        prop_assert!(padding < 4 && (len + head_len as u32 + padding) % 4 == 0);
    }
}
