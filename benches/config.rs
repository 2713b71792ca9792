// SPDX-License-Identifier: LGPL-2.0-or-later
//! The scanner: on single tokens, and over a whole configuration.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use mtproxy_ffi::config::{int, signed_int, skip_blanks, skip_spaces, string_len, word_len};

/// The rest of a file after the token at the cursor.
const REST: &str = " ;\nproxy_for -4 149.154.165.109:8888; # comment\ntimeout 300;\nmin_connections 2;\n";

fn with_rest(token: &str) -> Vec<u8> {
    [token, REST].concat().into_bytes()
}

fn tokens(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scanner");
    for count in [1, 16, 100] {
        let text = with_rest(&" ".repeat(count));
        group.bench_with_input(BenchmarkId::new("skip_blanks", count), &text[..], |bencher, text| {
            bencher.iter(|| skip_blanks(black_box(text), 1));
        });
        group.bench_with_input(BenchmarkId::new("skip_spaces", count), &text[..], |bencher, text| {
            bencher.iter(|| skip_spaces(black_box(text), 1));
        });
    }
    for count in [40, 500] {
        let text = with_rest(&format!("#{}\n", "c".repeat(count - 2)));
        group.bench_with_input(BenchmarkId::new("comment", count), &text[..], |bencher, text| {
            bencher.iter(|| skip_spaces(black_box(text), 1));
        });
    }
    for count in [2, 9, 30, 200] {
        let text = with_rest(&"w".repeat(count));
        group.bench_with_input(BenchmarkId::new("word_len", count), &text[..], |bencher, text| {
            bencher.iter(|| word_len(black_box(text)));
        });
        group.bench_with_input(BenchmarkId::new("string_len", count), &text[..], |bencher, text| {
            bencher.iter(|| string_len(black_box(text)));
        });
    }
    for digits in ["1", "8888", "123456789", "1234567890123456789"] {
        let text = with_rest(digits);
        group.bench_with_input(BenchmarkId::new("int", digits.len()), &text[..], |bencher, text| {
            bencher.iter(|| int(black_box(text)));
        });
    }
    group.finish();
}

/// Reads words and numbers in turns until the text ends, as a config parser does.
fn read_through(mut text: &[u8]) -> i64 {
    let mut sum = 0;
    loop {
        let skipped = skip_spaces(text, 1);
        text = &text[skipped.advance..];
        if text.is_empty() {
            return sum;
        }
        let number = signed_int(text);
        let passed = if number.consumed > 0 { number.consumed } else { word_len(text).max(1) };
        sum ^= number.value;
        text = &text[passed..];
    }
}

fn whole_file(criterion: &mut Criterion) {
    let text = REST.repeat(100).into_bytes();
    let mut group = criterion.benchmark_group("config");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("whole file", |bencher| bencher.iter(|| read_through(black_box(&text))));
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    tokens(&mut criterion);
    whole_file(&mut criterion);
    criterion.final_summary();
}
