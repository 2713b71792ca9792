// SPDX-License-Identifier: LGPL-2.0-or-later
//! Texts against libc: `strtoll`, `snprintf`.

use mtproxy_ffi::{
    log_prefix::{Moment, format_log_prefix},
    procfs::parse_statm,
};
use proptest::prelude::*;

use crate::{log_prefix_model, procfs_model};

/// Numbers and separators, many of them at the limits of the formats.
pub(crate) fn numbers() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => any::<i64>().prop_map(|n| n.to_string()),
        2 => any::<u64>().prop_map(|n| n.to_string()),
        2 => (0i64..100).prop_map(|n| n.to_string()),
        1 => "[-+]?[0-9]{15,25}",
        1 => prop::sample::select(vec!["9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "-9223372036854775809", "18446744073709551615", "18446744073709551616", "-", "+", "x", "0x1f", "1.5",
            "00", "-0"]).prop_map(str::to_owned),
    ];
    let blank = prop_oneof![8 => Just(" ".to_owned()), 1 => "[ \t\n\x0b\x0c\r]{0,3}"];
    prop::collection::vec((piece, blank), 0..9)
        .prop_map(|parts| parts.into_iter().map(|(piece, blank)| piece + &blank).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn statm_numbers_are_those_of_strtoll(text in numbers(), count in 0usize..=7, page in 1i64..1 << 20) {
        let ours = parse_statm(text.as_bytes(), count, page).ok().map(|values| values[..count].to_vec());
        prop_assert_eq!(ours, procfs_model::statm(text.as_bytes(), count, page));
    }

    #[test]
    fn log_prefix_is_that_of_snprintf(pid in any::<i32>(), n in any::<[i32; 7]>(), small in any::<[u8; 7]>(), mix in any::<u8>()) {
        let mut at = n;
        for (index, place) in at.iter_mut().enumerate() {
            if mix >> index & 1 == 1 {
                *place = i32::from(small[index]) - 20;
            }
        }
        let [year, month, day, hour, minute, second, microsecond] = at;
        let moment = Moment { year, month, day, hour, minute, second, microsecond };
        let ours = format_log_prefix(pid, moment);
        prop_assert_eq!(ours.as_bytes(), log_prefix_model::log_prefix(pid, moment));
    }
}
