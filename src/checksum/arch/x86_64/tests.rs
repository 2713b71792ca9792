// SPDX-License-Identifier: LGPL-2.0-or-later
//! Each path alone, at every length around its block sizes, against the tables.

use super::*;

type Path = (&'static str, Level, usize, unsafe fn(&[u8], u32) -> u32);

/// Name, level it needs, shortest input it takes, and the path.
fn paths<const POLYNOMIAL: u32>() -> Vec<Path> {
    vec![
        ("fold", Level::Pclmul, 16, fold::update::<POLYNOMIAL>),
        ("fold_avx", Level::PclmulAvx, 16, fold::update_avx::<POLYNOMIAL>),
        #[cfg(mtproxy_ffi_wide)]
        ("fold_256", Level::Wide256, 32, fold_wide::update_256::<POLYNOMIAL>),
        #[cfg(mtproxy_ffi_wide)]
        ("fold_512", Level::Wide512, 64, fold_wide::update_512::<POLYNOMIAL>),
    ]
}

fn check(paths: &[Path], by_tables: impl Fn(&[u8], u32) -> u32) {
    let data: Vec<u8> = (0..70_000u32).map(|i| (i.wrapping_mul(i * 31 + 7) >> 5) as u8).collect();
    has(Level::Baseline);
    for &(name, level, shortest, path) in paths {
        if !at_least(level) {
            println!("{name}: not on this CPU");
            continue;
        }
        let lengths =
            (shortest..shortest + 700).chain((1400..3000).step_by(61)).chain((3000..69_000).step_by(1999));
        for len in lengths {
            let piece = &data[len % 64..][..len];
            let seed = 0x9e37_79b9u32.wrapping_mul(len as u32);
            // SAFETY: the CPU has the path's level, and the piece is not shorter than the path takes.
            assert_eq!(unsafe { path(piece, seed) }, by_tables(piece, seed), "{name}, {len} bytes");
        }
    }
}

#[test]
fn every_crc32_path_agrees_with_the_tables() {
    check(&paths::<{ polynomial::CRC32 }>(), |data, crc| tables::CRC32.update(data, crc));
}

#[test]
fn every_crc32c_path_agrees_with_the_tables() {
    let mut paths = paths::<{ polynomial::CRC32C }>();
    paths.push(("sse42", Level::Sse42, 0, sse42::crc32c));
    paths.push(("streams", Level::Pclmul, 0, streams::update));
    #[cfg(mtproxy_ffi_wide)]
    paths.push(("fused", Level::Wide512, fused::SHORTEST, fused::update));
    check(&paths, |data, crc| tables::CRC32C.update(data, crc));
}

#[test]
#[cfg(mtproxy_ffi_wide)]
fn fused_path_begins_again_after_the_longest_piece_it_has_multipliers_for() {
    has(Level::Baseline);
    if !at_least(Level::Wide512) {
        return println!("fused: not on this CPU");
    }
    let data: Vec<u8> = (0..2_500_000u32).map(|i| (i.wrapping_mul(i | 1) >> 7) as u8).collect();
    let longest = fused::MOST * fused::STEP + fused::FOLD_STEP;
    let starts =
        [0, 1, fused::SHORTEST - 1, fused::SHORTEST, fused::ONES * fused::STEP, longest, 2 * longest];
    for len in starts.into_iter().flat_map(|more| [longest + more - 1, longest + more]) {
        let piece = &data[..len];
        // SAFETY: the CPU has the path's level, and the piece is not shorter than the path takes.
        assert_eq!(unsafe { fused::update(piece, 1) }, tables::CRC32C.update(piece, 1), "{len} bytes");
    }
}

#[test]
fn every_crc64_path_agrees_with_the_table() {
    type Path = (&'static str, Level, usize, unsafe fn(&[u8], u64) -> u64);
    let paths: [Path; 1 + cfg!(mtproxy_ffi_wide) as usize] = [
        ("fold64", Level::Pclmul, 16, fold64::update),
        #[cfg(mtproxy_ffi_wide)]
        ("fold64_512", Level::Wide512, 64, fold64::update_512),
    ];
    let data: Vec<u8> = (0..3000u32).map(|i| (i.wrapping_mul(i * 31 + 7) >> 5) as u8).collect();
    has(Level::Baseline);
    for (name, level, shortest, path) in paths {
        if !at_least(level) {
            println!("{name}: not on this CPU");
            continue;
        }
        for len in (shortest..700).chain((700..2900).step_by(61)) {
            let piece = &data[len % 64..][..len];
            let seed = 0x9e37_79b9_7f4a_7c15u64.wrapping_mul(len as u64);
            // SAFETY: the CPU has the path's level, and the piece is not shorter than the path takes.
            assert_eq!(unsafe { path(piece, seed) }, by_table(piece, seed), "{name}, {len} bytes");
        }
    }
}
