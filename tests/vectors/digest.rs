// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::ffi::*;

use super::table::{Row, replay};

/// The value that fills the output, which is larger than the digest.
const FILL: u8 = 0xaa;

type One = unsafe extern "C" fn(*const u8, usize, *mut u8) -> i32;
type Two = unsafe extern "C" fn(*const u8, usize, *const u8, usize, *mut u8) -> i32;

fn one(row: &Row, digest: One, data: &[u8]) {
    let mut out = [FILL; 80];
    // SAFETY: the slice's own pointer and length; the output is longer than any digest.
    assert_eq!(unsafe { digest(data.as_ptr(), data.len(), out.as_mut_ptr()) }, 0, "{}", row.place);
    compare(row, &out);
}

fn two(row: &Row, digest: Two, first: &[u8], second: &[u8]) {
    let mut out = [FILL; 80];
    // SAFETY: the slices' own pointers and lengths; the output is longer than any digest.
    let status =
        unsafe { digest(first.as_ptr(), first.len(), second.as_ptr(), second.len(), out.as_mut_ptr()) };
    assert_eq!(status, 0, "{}", row.place);
    compare(row, &out);
}

fn compare(row: &Row, out: &[u8]) {
    let (digest, rest) = out.split_at(row.number("written"));
    assert_eq!(digest, row.bytes("out"), "{}", row.place);
    assert!(rest.iter().all(|&byte| byte == FILL), "{}: wrote beyond the digest", row.place);
}

unsafe extern "C" fn md5_hex(input: *const u8, len: usize, output: *mut u8) -> i32 {
    // SAFETY: the same promises.
    unsafe { mtproxy_ffi_md5_hex(input, len, output.cast()) }
}

#[test]
fn md5_matches_the_original() {
    replay("md5", 722, |row| {
        let data = row.bytes("data");
        match row.text("fn") {
            "md5" => one(row, mtproxy_ffi_md5, &data),
            "md5_hex" => one(row, md5_hex, &data),
            "md5_hmac" => two(row, mtproxy_ffi_md5_hmac, &row.bytes("key"), &data),
            other => panic!("{other}"),
        }
    });
}

fn check_sha(file: &str, count: usize) {
    replay(file, count, |row| {
        let (data1, data2) = (row.bytes("data1"), row.bytes("data2"));
        match row.text("fn") {
            "sha1" => one(row, mtproxy_ffi_sha1, &data1),
            "sha1_two_chunks" => two(row, mtproxy_ffi_sha1_two_chunks, &data1, &data2),
            "sha256" => one(row, mtproxy_ffi_sha256, &data1),
            "sha256_two_chunks" => two(row, mtproxy_ffi_sha256_two_chunks, &data1, &data2),
            "sha256_hmac" => two(row, mtproxy_ffi_sha256_hmac, &row.bytes("key"), &data1),
            other => panic!("{other}"),
        }
    });
}

#[test]
fn sha1_matches_the_original() {
    check_sha("sha1", 520);
}

#[test]
fn sha256_matches_the_original() {
    check_sha("sha256", 753);
}
