// SPDX-License-Identifier: LGPL-2.0-or-later
//! The log prefix, compared with `write!` of the same numbers.

use std::{fmt::Write, hint::black_box};

use criterion::Criterion;
use mtproxy_ffi::log_prefix::{Moment, format_log_prefix};

fn prefixes(criterion: &mut Criterion) {
    let at = Moment { year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 58, microsecond: 4567 };
    let mut group = criterion.benchmark_group("log_prefix");
    group.bench_function("ours", |bencher| {
        bencher.iter(|| format_log_prefix(black_box(12_345), black_box(at)))
    });
    group.bench_function("write!", |bencher| {
        let mut text = String::with_capacity(128);
        bencher.iter(|| {
            let Moment { year, month, day, hour, minute, second, microsecond } = black_box(at);
            text.clear();
            write!(
                text,
                "[{}][{year:4}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{microsecond:06} local] ",
                black_box(12_345)
            )
            .expect("a String takes everything");
            text.len()
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    prefixes(&mut criterion);
    criterion.final_summary();
}
