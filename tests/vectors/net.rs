// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::net::{epoll_conv_flags, epoll_unconv_flags, pick_size_index, wait_msec};

use super::table::replay;

#[test]
fn epoll_flags_match_the_original() {
    replay("epoll_flags", 14979, |row| {
        let convert: fn(i32) -> i32 = match row.text("fn") {
            "conv" => epoll_conv_flags,
            "unconv" => epoll_unconv_flags,
            other => panic!("{other}"),
        };
        assert_eq!(convert(row.number("in")), row.number::<i32>("out"), "{}", row.place);
    });
}

#[test]
fn timer_waits_match_the_original() {
    let seconds = |row: &super::table::Row, column: &str| {
        f64::from_bits(u64::from_str_radix(row.text(column), 16).expect("bits"))
    };
    replay("timers", 960, |row| {
        let wait = wait_msec(seconds(row, "wakeup_bits"), seconds(row, "now_bits"));
        match row.text("class") {
            "ok" | "expired" => assert_eq!(wait, row.number::<i32>("wait_msec"), "{}", row.place),
            // The original wraps, or converts a number that no int can hold; ours saturates.
            "wrap" | "ub" => assert_eq!(wait, i32::MAX, "{}", row.place),
            other => panic!("{other}"),
        }
    });
}

#[test]
fn buffer_classes_match_the_original() {
    replay("buffers", 611, |row| {
        let sizes: Vec<i32> =
            row.text("sizes").split(',').map(|size| size.parse().expect("a size")).collect();
        let index = pick_size_index(&sizes, row.number("hint"));
        assert_eq!(index, Some(row.number("index")), "{}", row.place);
        assert_eq!(index.map(|index| sizes[index]), Some(row.number("size")), "{}", row.place);
    });
}
