// SPDX-License-Identifier: LGPL-2.0-or-later
//! Sizes against libc's `sscanf`, and the order of the table against a stable sort.

use std::ffi::{CString, c_char};

use mtproxy_ffi::options::{NoSize, move_down, move_up, size};
use proptest::prelude::*;

use super::libc_text::numbers;

/// What the legacy library does with `sscanf`'s results.
fn legacy_size(text: &str) -> Result<i64, NoSize> {
    let text = CString::new(text).unwrap();
    let (mut number, mut suffix) = (0i64, 0 as c_char);
    // SAFETY: a C string, and a place for each conversion.
    let found = unsafe { libc::sscanf(text.as_ptr(), c"%lld%c".as_ptr(), &raw mut number, &raw mut suffix) };
    let shift = match suffix as u8 | 0x20 {
        _ if found < 1 => return Err(NoSize::Number),
        b' ' => 0,
        b'k' => 10,
        b'm' => 20,
        b'g' => 30,
        b't' => 40,
        _ => return Err(NoSize::Suffix(suffix as u8)),
    };
    Ok(number.wrapping_shl(shift))
}

proptest! {
    #[test]
    fn sizes_are_those_of_sscanf(number in numbers(), suffix in "[ -~\t\n\u{e9}]{0,3}") {
        let text = number.trim_end().to_owned() + &suffix;
        prop_assert_eq!(size(text.as_bytes()), legacy_size(&text), "{:?}", text);
    }

    #[test]
    fn entry_moves_to_where_a_stable_sort_puts_it(keys in prop::collection::vec(-3i32..9, 1..20), place in any::<prop::sample::Index>(), key in -3i32..9) {
        let mut sorted = keys;
        sorted.sort_unstable();
        let place = place.index(sorted.len());
        let smaller = key < sorted[place];
        sorted[place] = key;
        let mut table: Vec<_> = sorted.iter().copied().enumerate().collect();
        let mut expected = table.clone();
        if smaller {
            move_up(&mut table, place, |entry| entry.1);
        } else {
            move_down(&mut table, place, |entry| entry.1);
        }
        expected.sort_by_key(|entry| entry.1);
        prop_assert_eq!(table, expected);
    }
}
