// SPDX-License-Identifier: LGPL-2.0-or-later
//! The digests and HMACs, over the sizes of packets.

use std::hint::black_box;

use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, measurement::WallTime};
use mtproxy_ffi::digest;

const SIZES: [usize; 6] = [16, 64, 256, 1024, 4096, 65_536];
const KEY: [u8; 32] = [0x6b; 32];

fn over_sizes<R>(group: &mut BenchmarkGroup<'_, WallTime>, run: impl Fn(&[u8]) -> R) {
    for size in SIZES {
        let data = vec![0x5a; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &data[..], |bencher, data| {
            bencher.iter(|| run(black_box(data)));
        });
    }
}

fn digests(criterion: &mut Criterion) {
    over_sizes(&mut criterion.benchmark_group("md5"), digest::md5);
    over_sizes(&mut criterion.benchmark_group("md5_hex"), digest::md5_hex);
    over_sizes(&mut criterion.benchmark_group("sha1"), digest::sha1);
    over_sizes(&mut criterion.benchmark_group("sha256"), digest::sha256);
}

fn in_two_chunks(criterion: &mut Criterion) {
    over_sizes(&mut criterion.benchmark_group("sha1_two_chunks"), |data| {
        let (first, second) = data.split_at(data.len() / 2);
        digest::sha1_two_chunks(first, second)
    });
    over_sizes(&mut criterion.benchmark_group("sha256_two_chunks"), |data| {
        let (first, second) = data.split_at(data.len() / 2);
        digest::sha256_two_chunks(first, second)
    });
}

fn hmacs(criterion: &mut Criterion) {
    over_sizes(&mut criterion.benchmark_group("md5_hmac"), |data| digest::md5_hmac(black_box(&KEY), data));
    over_sizes(&mut criterion.benchmark_group("sha256_hmac"), |data| {
        digest::sha256_hmac(black_box(&KEY), data)
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    digests(&mut criterion);
    in_two_chunks(&mut criterion);
    hmacs(&mut criterion);
    criterion.final_summary();
}
