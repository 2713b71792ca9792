// SPDX-License-Identifier: LGPL-2.0-or-later
//! The texts of `/proc`.

use std::{fmt::Write, hint::black_box};

use criterion::Criterion;
use mtproxy_ffi::procfs::{parse_meminfo_summary, parse_stat, parse_statm};

const STAT: &[u8] = b"28451 (mtproto-proxy) S 1 28451 28451 0 -1 4194560 18375 0 12 0 48210 91734 0 0 20 0 17 0 \
    91837465 1483923456 38291 18446744073709551615 94738458943488 94738459963369 140730911703072 0 0 0 0 4096 17583 0 \
    0 0 17 3 0 0 0 0 0 94738460079376 94738460180992 94739200319488 140730911705601 140730911705621 140730911705621 \
    140730911707115 0\n";
const STATM: &[u8] = b"362286 38291 1802 249 0 88120 0\n";

fn meminfo() -> String {
    let names = [
        "MemTotal",
        "MemFree",
        "MemAvailable",
        "Buffers",
        "Cached",
        "SwapCached",
        "Active",
        "Inactive",
        "Active(anon)",
        "Inactive(anon)",
        "Active(file)",
        "Inactive(file)",
        "Unevictable",
        "Mlocked",
        "SwapTotal",
        "SwapFree",
        "Dirty",
        "Writeback",
        "AnonPages",
        "Mapped",
        "Shmem",
        "Slab",
        "PageTables",
        "VmallocTotal",
    ];
    names.iter().zip(1u32..).fold(String::new(), |mut text, (name, i)| {
        writeln!(text, "{:<16}{:>8} kB", format!("{name}:"), 32_768_000 / i)
            .expect("a String takes everything");
        text
    })
}

fn texts(criterion: &mut Criterion) {
    let meminfo = meminfo();
    assert!(parse_stat(STAT).is_ok() && parse_statm(STATM, 6, 4096).is_ok());
    assert!(parse_meminfo_summary(meminfo.as_bytes()).is_ok());
    let mut group = criterion.benchmark_group("procfs");
    group.bench_function("stat", |bencher| bencher.iter(|| parse_stat(black_box(STAT))));
    group.bench_function("statm", |bencher| bencher.iter(|| parse_statm(black_box(STATM), 6, 4096)));
    group.bench_function("meminfo", |bencher| {
        bencher.iter(|| parse_meminfo_summary(black_box(meminfo.as_bytes())))
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    texts(&mut criterion);
    criterion.final_summary();
}
