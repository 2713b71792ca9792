// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::ffi::*;

use super::table::replay;

#[test]
fn epoll_flags_match_the_original() {
    replay("epoll_flags", 14979, |row| {
        let convert = match row.text("fn") {
            "conv" => mtproxy_ffi_net_epoll_conv_flags,
            "unconv" => mtproxy_ffi_net_epoll_unconv_flags,
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
        let wait = mtproxy_ffi_net_timers_wait_msec(seconds(row, "wakeup_bits"), seconds(row, "now_bits"));
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
        // SAFETY: the slice's own pointer and length.
        let index = unsafe {
            mtproxy_ffi_msg_buffers_pick_size_index(sizes.as_ptr(), sizes.len() as i32, row.number("hint"))
        };
        assert_eq!(index, row.number::<i32>("index"), "{}", row.place);
        assert_eq!(sizes[index as usize], row.number::<i32>("size"), "{}", row.place);
    });
}
