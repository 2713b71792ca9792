// SPDX-License-Identifier: LGPL-2.0-or-later
//! CRC-32 and CRC-32C, aligned and one byte off.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use mtproxy_ffi::checksum::{crc32_partial, crc32c_partial};

const SIZES: [usize; 9] = [4, 16, 64, 128, 256, 1024, 4096, 65_536, 1_048_576];

/// The name of a checksum, and the function.
type Checksum = (&'static str, fn(&[u8], u32) -> u32);

fn checksums(criterion: &mut Criterion) {
    let room: Vec<u8> =
        (0..SIZES[8] as u32 + 65).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let aligned = room.as_ptr().align_offset(64);
    for (name, checksum) in [("crc32", crc32_partial as _), ("crc32c", crc32c_partial as _)] as [Checksum; 2]
    {
        let mut group = criterion.benchmark_group(name);
        for size in SIZES {
            group.throughput(Throughput::Bytes(size as u64));
            for (offset, kind) in [(0, "aligned"), (1, "misaligned")] {
                let data = &room[aligned + offset..][..size];
                group.bench_with_input(BenchmarkId::new(kind, size), data, |bencher, data| {
                    bencher.iter(|| checksum(black_box(data), black_box(!0)));
                });
            }
        }
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    checksums(&mut criterion);
    criterion.final_summary();
}
