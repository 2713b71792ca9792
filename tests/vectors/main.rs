// SPDX-License-Identifier: LGPL-2.0-or-later
//! The recorded behaviour of the original C functions (`c-harness/vectors`), replayed through the Rust API, row by row. The
//! harness in `c-harness/differential` replays the same files through the boundary and through the drop-in.

mod checksum;
mod config;
mod digest;
mod net;
mod notation;
mod process_id;
mod procfs;
mod table;
mod text;
mod tl;

/// Every file of the folder is replayed by one of the modules, or is named here with the reason.
#[test]
fn every_recorded_file_is_replayed_or_accounted_for() {
    const REPLAYED: [&str; 24] = [
        "buffers",
        "combine",
        "config",
        "crc32",
        "crc32_repair",
        "crc32c",
        "crc64",
        "epoll_flags",
        "gf32",
        "log_prefix",
        "md5",
        "meminfo",
        "pid",
        "proc_stat",
        "proc_stat_path",
        "sha1",
        "sha256",
        "statm",
        "timers",
        "tl_answer",
        "tl_answer_hang",
        "tl_flags",
        "tl_query",
        "traps",
    ];
    // Lengths below 0, which no slice has.
    const NOT_IN_RUST: [&str; 1] = ["neg_len"];
    let mut found: Vec<_> = std::fs::read_dir(table::FOLDER)
        .expect("c-harness/vectors")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tsv"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut known: Vec<_> = REPLAYED.iter().chain(&NOT_IN_RUST).map(ToString::to_string).collect();
    known.sort();
    assert_eq!(found, known);
}
