// SPDX-License-Identifier: LGPL-2.0-or-later
//! Rewrites fuzz/corpus from the recorded vectors: a few short rows of each file, spread over its notes and its length.
//!
//! usage (from the project's folder): cargo run --manifest-path fuzz/Cargo.toml --bin seed

use std::{collections::HashMap, fs};

#[path = "../../tests/models/calls.rs"]
mod calls;
#[path = "../../tests/vectors/notation.rs"]
mod notation;
mod rpc;

/// The number of seeds of a target, and the longest seed.
const SEEDS: usize = 40;
const LONGEST: usize = 600;

struct Row<'a>(HashMap<&'a str, &'a str>);

impl Row<'_> {
    fn bytes(&self, column: &str) -> Vec<u8> {
        notation::bytes(self.0[column])
    }

    fn int(&self, column: &str) -> i32 {
        self.0[column].parse().expect("a number")
    }

    /// A number in eight bytes; 0 if the column has none.
    fn wide(&self, column: &str) -> [u8; 8] {
        let text = self.0[column];
        text.parse::<u64>().unwrap_or_else(|_| text.parse::<i64>().unwrap_or(0) as u64).to_le_bytes()
    }

    /// Its lower half.
    fn half(&self, column: &str) -> [u8; 4] {
        *self.wide(column).first_chunk().expect("eight bytes")
    }
}

/// Turns rows of `file` into inputs of `target`.
fn seed(target: &str, file: &str, input: impl Fn(&Row) -> Vec<u8>) {
    let text = fs::read_to_string(format!("c-harness/vectors/{file}.tsv")).expect(file);
    let mut lines = text.lines();
    let columns: Vec<_> = lines.next().expect("a head").trim_start_matches('#').split('\t').collect();
    let mut inputs: Vec<_> = lines
        .map(|line| input(&Row(columns.iter().copied().zip(line.split('\t')).collect())))
        .filter(|input| input.len() <= LONGEST)
        .collect();
    inputs.dedup();
    let folder = format!("fuzz/corpus/{target}");
    fs::create_dir_all(&folder).expect("the folder");
    for (number, input) in inputs.iter().step_by(inputs.len().div_ceil(SEEDS).max(1)).enumerate() {
        fs::write(format!("{folder}/{file}-{number:02}"), input).expect("a seed");
    }
}

/// Writes inputs that no vectors are recorded for.
fn write(target: &str, inputs: impl IntoIterator<Item = Vec<u8>>) {
    let folder = format!("fuzz/corpus/{target}");
    fs::create_dir_all(&folder).expect("the folder");
    for (number, input) in inputs.into_iter().enumerate() {
        fs::write(format!("{folder}/made-{number:02}"), input).expect("a seed");
    }
}

fn main() {
    let _ = fs::remove_dir_all("fuzz/corpus");
    rpc::frames();
    rpc::nonces();
    rpc::handshakes();
    seed("scanner", "config", |row| [&row.int("lno").to_le_bytes()[..], &row.bytes("text")].concat());
    seed("tl_query", "tl_query", |row| row.bytes("data"));
    seed("tl_answer", "tl_answer", |row| row.bytes("data"));
    seed("stat_line", "proc_stat", |row| row.bytes("text"));
    seed("meminfo", "meminfo", |row| row.bytes("text"));
    seed("statm", "statm", |row| {
        let page: i64 = row.0["page_size"].parse().expect("a number");
        [&[row.int("m").clamp(0, 9) as u8][..], &page.to_le_bytes(), &row.bytes("text")].concat()
    });
    seed("log_prefix", "log_prefix", |row| {
        let names = ["pid", "year", "mon", "mday", "hour", "min", "sec", "usec"];
        names.iter().flat_map(|name| row.int(name).to_le_bytes()).collect()
    });
    for (file, column) in [("md5", "data"), ("sha256", "data1")] {
        seed("digests", file, |row| {
            let (key, data) = (row.bytes("key"), row.bytes(column));
            [&[key.len() as u8][..], &key, &data].concat()
        });
    }
    seed("crc", "crc32", |row| [&[1, 3, 0, 0][..], &row.bytes("data")].concat());
    // Four numbers, a long one, and data: see the target.
    let (one, two, poly) = (1u32.to_le_bytes(), 2u32.to_le_bytes(), 0xedb8_8320u32.to_le_bytes());
    seed("crc_algebra", "combine", |row| {
        [&row.half("crc1")[..], &row.half("crc2"), &one, &poly, &row.wide("len2"), b"123456789"].concat()
    });
    seed("crc_algebra", "gf32", |row| {
        [&row.half("a")[..], &row.half("b"), &two, &row.half("poly"), &row.wide("b"), b"1234"].concat()
    });
    seed("crc_algebra", "crc32_repair", |row| {
        [&row.half("arg")[..], &row.half("diff"), &two, &poly, &row.wide("size"), &row.bytes("data")].concat()
    });
    // Two ways to load, how much of the file there is at first, calls and text: see the target's script.
    seed("loader", "config", |row| {
        let text = row.bytes("text");
        let calls = b"\x13\x07\x13\x02\x13\x05\x28\x09\x89\x14\x2a\x0a\x0b\x0c\x00\x0e\x0f\x0d";
        let part = &calls[..text.len() % calls.len()];
        [&[text.len() as u8, (text.len() * 7) as u8, part.len() as u8][..], part, &text].concat()
    });
    // The number of the function, see the target; a place; a number.
    for (function, file, column) in [
        ("mtproxy_ffi_md5", "md5", "data"),
        ("mtproxy_ffi_cfg_skipspc", "config", "text"),
        ("mtproxy_ffi_tl_parse_query_header", "tl_query", "data"),
        ("mtproxy_ffi_tl_parse_answer_header", "tl_answer", "data"),
        ("mtproxy_ffi_parse_proc_stat_line", "proc_stat", "text"),
        ("mtproxy_ffi_parse_meminfo_summary", "meminfo", "text"),
        ("mtproxy_ffi_parse_statm", "statm", "text"),
    ] {
        let number = calls::from_bytes().position(|known| known.name == function).expect(function) as u8;
        seed("boundary", file, |row| [&[number, 7, 3, 0, 0, 0][..], &row.bytes(column)].concat());
    }
}
