// SPDX-License-Identifier: LGPL-2.0-or-later
//! Headers of queries and answers, accepted and refused.

use std::hint::black_box;

use criterion::Criterion;
use mtproxy_ffi::tl::{
    RPC_DEST_ACTOR, RPC_DEST_ACTOR_FLAGS, RPC_INVOKE_REQ, RPC_REQ_RESULT, RPC_REQ_RESULT_FLAGS,
    parse_answer_header, parse_query_header,
};

/// The words of a header, and a body.
fn packet(words: &[i32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).chain([0x5a; 64]).collect()
}

fn queries(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse_query_header");
    for (name, words) in [
        ("plain", &[RPC_INVOKE_REQ, 5, 6][..]),
        ("actor", &[RPC_INVOKE_REQ, 5, 6, RPC_DEST_ACTOR, 7, 0]),
        ("actor and flags", &[RPC_INVOKE_REQ, 5, 6, RPC_DEST_ACTOR_FLAGS, 7, 0, 0]),
        ("refused", &[1, 5, 6]),
    ] {
        let packet = packet(words);
        group.bench_function(name, |bencher| bencher.iter(|| parse_query_header(black_box(&packet))));
    }
    group.finish();
}

fn answers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse_answer_header");
    for (name, words) in [
        ("plain", &[RPC_REQ_RESULT, 5, 6][..]),
        ("flags", &[RPC_REQ_RESULT, 5, 6, RPC_REQ_RESULT_FLAGS, 0]),
        ("refused", &[1, 5, 6]),
    ] {
        let packet = packet(words);
        group.bench_function(name, |bencher| bencher.iter(|| parse_answer_header(black_box(&packet))));
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    queries(&mut criterion);
    answers(&mut criterion);
    criterion.final_summary();
}
