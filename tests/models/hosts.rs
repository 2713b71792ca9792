// SPDX-License-Identifier: LGPL-2.0-or-later
//! A hosts file read with libc's own `strtoul`, line by line.

use std::ffi::{c_char, c_ulong};

unsafe extern "C" {
    fn strtoul(text: *const c_char, end: *mut *mut c_char, base: i32) -> c_ulong;
}

/// Address and name of every entry.
pub(crate) fn entries(text: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let text = [text, b"\0"].concat();
    let byte = |at: usize| text.get(at).copied().unwrap_or(0);
    let mut found = Vec::new();
    let mut at = 0;
    while byte(at) != 0 {
        let mut numbers = Vec::new();
        while matches!(byte(at), b' ' | b'\t') {
            at += 1;
        }
        while at < text.len() && numbers.len() < 4 {
            let mut end = std::ptr::null_mut();
            // SAFETY: a text that ends with a NUL, and a place for a pointer into it.
            let number = unsafe { strtoul(text[at..].as_ptr().cast(), &raw mut end, 10) } as u32;
            let passed = end.addr() - text[at..].as_ptr().addr();
            if passed == 0 || number > 255 {
                break;
            }
            numbers.push(number as u8);
            at += passed;
            if numbers.len() < 4 {
                at += 1;
                if byte(at - 1) != b'.' {
                    break;
                }
            }
        }
        if let (&[a, b, c, d], b' ' | b'\t') = (&numbers[..], byte(at)) {
            let ip = u32::from_be_bytes([a, b, c, d]);
            let rest = text[at..].split(|&byte| byte == b'\n' || byte == 0).next().unwrap_or_default();
            let words = rest.split(|byte| matches!(byte, b' ' | b'\t'));
            let names = words.filter(|word| (1..128).contains(&word.len()) && ip != 0);
            found.extend(names.map(|name| (ip, name.to_vec())));
            at += rest.len();
        }
        while byte(at) != 0 && byte(at) != b'\n' {
            at += 1;
        }
        at += usize::from(byte(at) != 0);
    }
    found
}
