//! Writes fuzz/corpus anew from the recorded vectors: of each file a few short rows, spread over its notes and length.
//!
//! usage (from the project's folder): cargo run --manifest-path fuzz/Cargo.toml --bin seed

use std::{collections::HashMap, fs};

#[path = "../../tests/vectors/notation.rs"]
mod notation;

/// How many seeds a target gets, and how long one may be.
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

fn main() {
    let _ = fs::remove_dir_all("fuzz/corpus");
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
    // The number of the call, see the target's list; a place; a number.
    for (call, file, column) in [
        (0, "md5", "data"),
        (8, "config", "text"),
        (12, "tl_query", "data"),
        (13, "tl_answer", "data"),
        (14, "proc_stat", "text"),
        (15, "meminfo", "text"),
        (16, "statm", "text"),
    ] {
        seed("boundary", file, |row| [&[call, 7, 3, 0, 0, 0][..], &row.bytes(column)].concat());
    }
}
