//! Calls the C boundary with hostile arguments: null pointers, lengths that no object has, outputs that overlap inputs or
//! are not aligned, in any order. Each result must equal that of the same call with separate, aligned buffers; a refused
//! call must leave its output untouched; and no byte outside an output may change.
#![no_main]

use std::{ffi::c_char, ptr::null};

use libfuzzer_sys::fuzz_target;
use mtproxy_ffi::{ffi::*, procfs::MeminfoSummary};

#[path = "../../tests/models/padding.rs"]
mod padding;

use padding::Blank;

/// A call: an input, a buffer for the output, a number.
type Call = unsafe fn(*const u8, usize, *mut u8, i32) -> i32;

macro_rules! call {
    ($size:expr, $blank:ident, |$data:ident, $len:ident, $out:ident, $n:ident| $call:expr) => {{
        unsafe fn call($data: *const u8, $len: usize, $out: *mut u8, $n: i32) -> i32 {
            let _ = $n;
            // SAFETY: readable for the length, if it is one, and null or writable for the size, as the caller promises.
            unsafe { $call }
        }
        (call as Call, $size, padding::$blank)
    }};
}

#[rustfmt::skip]
const CALLS: [(Call, usize, Blank); 17] = [
    call!(16, NONE, |data, len, out, n| mtproxy_ffi_md5(data, len, out)),
    call!(32, NONE, |data, len, out, n| mtproxy_ffi_md5_hex(data, len, out.cast())),
    call!(20, NONE, |data, len, out, n| mtproxy_ffi_sha1(data, len, out)),
    call!(32, NONE, |data, len, out, n| mtproxy_ffi_sha256(data, len, out)),
    call!(16, NONE, |data, len, out, n| mtproxy_ffi_md5_hmac(data, len, data, len, out)),
    call!(32, NONE, |data, len, out, n| mtproxy_ffi_sha256_hmac(data, len, data, len, out)),
    call!(20, NONE, |data, len, out, n| mtproxy_ffi_sha1_two_chunks(data, len, data, len, out)),
    call!(32, NONE, |data, len, out, n| mtproxy_ffi_sha256_two_chunks(data, len, data, len, out)),
    call!(size_of::<CfgScanResult>(), NONE, |data, len, out, n| mtproxy_ffi_cfg_skipspc(data.cast(), len, n, out.cast())),
    call!(size_of::<CfgScanResult>(), NONE, |data, len, out, n| mtproxy_ffi_cfg_skspc(data.cast(), len, n, out.cast())),
    call!(size_of::<CfgIntResult>(), INT, |data, len, out, n| mtproxy_ffi_cfg_getint(data.cast(), len, out.cast())),
    call!(size_of::<CfgIntResult>(), INT, |data, len, out, n| mtproxy_ffi_cfg_getint_signed_zero(data.cast(), len, out.cast())),
    call!(size_of::<TlHeaderParseResult>(), TL_HEADER, |data, len, out, n| mtproxy_ffi_tl_parse_query_header(data, len, out.cast())),
    call!(size_of::<TlHeaderParseResult>(), TL_HEADER, |data, len, out, n| mtproxy_ffi_tl_parse_answer_header(data, len, out.cast())),
    call!(size_of::<ProcStats>(), PROC_STATS, |data, len, out, n| mtproxy_ffi_parse_proc_stat_line(data.cast(), len, out.cast())),
    call!(size_of::<MeminfoSummary>(), MEMINFO, |data, len, out, n| mtproxy_ffi_parse_meminfo_summary(data.cast(), len, out.cast())),
    call!(56, NONE, |data, len, out, n| mtproxy_ffi_parse_statm(data.cast(), len, n % 9, i64::from(n), out.cast())),
];

const FILL: u8 = 0xa5;

fn hostile(call: Call, size: usize, text: &[u8], n: i32) {
    let mut out = vec![FILL; size];
    for (data, len) in [
        (null(), 1),
        (null(), usize::MAX),
        (text.as_ptr(), usize::MAX),
        (text.as_ptr(), 1 << (usize::BITS - 1)),
    ] {
        // SAFETY: the function does not read a null input or one longer than any object; the test checks this claim.
        assert_eq!(unsafe { call(data, len, out.as_mut_ptr(), n) }, EINVAL);
        // SAFETY: the same, and a null output is not written.
        assert_eq!(unsafe { call(data, len, std::ptr::null_mut(), n) }, EINVAL);
    }
    assert!(out.iter().all(|&byte| byte == FILL));
    // SAFETY: a readable input; a null output is not written.
    assert_eq!(unsafe { call(text.as_ptr(), text.len(), std::ptr::null_mut(), n) }, EINVAL);
}

fn overlapping((call, size, blank): (Call, usize, Blank), text: &[u8], n: i32, place: usize) {
    let mut apart = vec![FILL; size];
    // SAFETY: a readable input, and a writable output of the call's size, apart from it.
    let status = unsafe { call(text.as_ptr(), text.len(), apart.as_mut_ptr(), n) };
    if status < 0 {
        assert!(apart.iter().all(|&byte| byte == FILL), "refused, and written");
    }
    if text.len() < size {
        return;
    }
    let mut buffer = text.to_vec();
    let at = place % (text.len() - size + 1);
    // SAFETY: the output lies inside the input, which is allowed.
    let again = unsafe { call(buffer.as_ptr(), buffer.len(), buffer.as_mut_ptr().add(at), n) };
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
    let (call, size, blank) = CALLS[usize::from(which) % CALLS.len()];
    hostile(call, size, text, n);
    overlapping((call, size, blank), text, n, usize::from(place));
    let numbers: Vec<i32> =
        text.chunks_exact(4).filter_map(|four| Some(i32::from_le_bytes(*four.first_chunk()?))).collect();
    pure(text, &numbers);
});
