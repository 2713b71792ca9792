// SPDX-License-Identifier: LGPL-2.0-or-later
//! Calls the C boundary with hostile arguments: null pointers, lengths that no object has, outputs that overlap inputs or
//! are not aligned, in any order. Each result must equal that of the same call with separate, aligned buffers; a refused
//! call must leave its output untouched; and no byte outside an output may change.
#![no_main]

use std::{
    ffi::c_char,
    ptr::{null, null_mut},
};

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::ffi::*;

#[path = "../../tests/models/calls.rs"]
mod calls;

use calls::{Function, from_bytes};

const FILL: u8 = 0xa5;

fn hostile(function: &Function, text: &[u8], n: i32) {
    let size = function.output_size(n);
    let mut out = vec![FILL; size];
    let call = |data: *const u8, len: usize, out: *mut u8| {
        // SAFETY: the input is readable, or the function does not read it, because it is null or longer than any object; the
        // output is writable or null. The target checks these claims.
        let status = unsafe { function.call_with(data, len, out, size, n) };
        assert_eq!(status, i64::from(EINVAL), "{}", function.name);
    };
    for (data, len) in [
        (null(), 1),
        (null(), usize::MAX),
        (text.as_ptr(), usize::MAX),
        (text.as_ptr(), 1 << (usize::BITS - 1)),
    ] {
        call(data, len, out.as_mut_ptr());
        call(data, len, null_mut());
    }
    assert!(out.iter().all(|&byte| byte == FILL));
    call(text.as_ptr(), text.len(), null_mut());
}

fn overlapping(function: &Function, text: &[u8], n: i32, place: usize) {
    let (size, blank) = (function.output_size(n), function.blank);
    let mut apart = vec![FILL; size];
    // SAFETY: a readable input, and a writable output of the call's size, apart from it.
    let status = unsafe { function.call_with(text.as_ptr(), text.len(), apart.as_mut_ptr(), size, n) };
    if status < 0 {
        assert!(apart.iter().all(|&byte| byte == FILL), "refused, and written");
    }
    if text.len() < size {
        return;
    }
    let mut buffer = text.to_vec();
    let at = place % (text.len() - size + 1);
    // SAFETY: the output lies inside the input, which is allowed.
    let again = unsafe {
        let inside = buffer.as_mut_ptr();
        function.call_with(inside, buffer.len(), inside.add(at), size, n)
    };
    assert_eq!(again, status);
    assert_eq!(
        (&buffer[..at], &buffer[at + size..]),
        (&text[..at], &text[at + size..]),
        "written beside the output"
    );
    // Elements of a table that the call does not write, and all of them if it is refused, keep their values.
    let mut before = text[at..at + size].to_vec();
    for result in [&mut before, &mut apart] {
        blank(result);
    }
    let now = &mut buffer[at..at + size];
    blank(now);
    for ((now, &apart), before) in now.iter().zip(&apart).zip(&before) {
        assert!(*now == apart || (apart == FILL && now == before), "another result");
    }
}

fn pure(text: &[u8], numbers: &[i32]) {
    let (cur, len) = (text.as_ptr().cast::<c_char>(), text.len());
    // SAFETY: a readable text.
    let measures = unsafe { [mtproxy_ffi_cfg_getword_len(cur, len), mtproxy_ffi_cfg_getstr_len(cur, len)] };
    assert!(measures.iter().all(|&measure| measure >= 0 && measure as usize <= len));
    for pair in numbers.windows(2) {
        let (wakeup, now) =
            (f64::from_bits((pair[0] as u64) << 32 | u64::from(pair[1] as u32)), f64::from(pair[1]));
        assert!(mtproxy_ffi_net_timers_wait_msec(wakeup, now) >= 0);
        assert_eq!(mtproxy_ffi_net_epoll_unconv_flags(pair[0]) & 0x400, 0x400);
        assert_eq!(mtproxy_ffi_net_epoll_conv_flags(pair[0]) == 0, pair[0] == 0);
    }
    if let Some(&hint) = numbers.first() {
        // SAFETY: a readable table.
        let index =
            unsafe { mtproxy_ffi_msg_buffers_pick_size_index(numbers.as_ptr(), numbers.len() as i32, hint) };
        assert!((0..numbers.len() as i32).contains(&index));
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&[which, place, a, b, c, d], text)) = data.split_first_chunk() else { return };
    let n = i32::from_le_bytes([a, b, c, d]);
    let functions = from_bytes();
    let Some(function) = functions.clone().nth(usize::from(which) % functions.count()) else { return };
    hostile(function, text, n);
    overlapping(function, text, n, usize::from(place));
    let numbers: Vec<i32> =
        text.chunks_exact(4).filter_map(|four| Some(i32::from_le_bytes(*four.first_chunk()?))).collect();
    pure(text, &numbers);
});
