// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::digest::{
    md5, md5_hex, md5_hmac, sha1, sha1_two_chunks, sha256, sha256_hmac, sha256_two_chunks,
};

use super::table::{Row, replay};

fn compare(row: &Row, digest: &[u8]) {
    assert_eq!(digest.len(), row.number::<usize>("written"), "{}", row.place);
    assert_eq!(digest, row.bytes("out"), "{}", row.place);
}

#[test]
fn md5_matches_the_original() {
    replay("md5", 722, |row| {
        let data = row.bytes("data");
        match row.text("fn") {
            "md5" => compare(row, &md5(&data)),
            "md5_hex" => compare(row, &md5_hex(&data)),
            "md5_hmac" => compare(row, &md5_hmac(&row.bytes("key"), &data)),
            other => panic!("{other}"),
        }
    });
}

fn check_sha(file: &str, count: usize) {
    replay(file, count, |row| {
        let (data1, data2) = (row.bytes("data1"), row.bytes("data2"));
        match row.text("fn") {
            "sha1" => compare(row, &sha1(&data1)),
            "sha1_two_chunks" => compare(row, &sha1_two_chunks(&data1, &data2)),
            "sha256" => compare(row, &sha256(&data1)),
            "sha256_two_chunks" => compare(row, &sha256_two_chunks(&data1, &data2)),
            "sha256_hmac" => compare(row, &sha256_hmac(&row.bytes("key"), &data1)),
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
