//! The recorded behaviour of the original C functions (`c-harness/vectors`), replayed through the C boundary, row by
//! row. Where a row needs a clock or a process id that the boundary reads itself, the core function is called.
#![cfg(feature = "capi")]

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

/// Every file of the folder is replayed by one of the modules, or is named here with the reason why not.
#[test]
fn every_recorded_file_is_replayed_or_accounted_for() {
    const REPLAYED: [&str; 20] = [
        "buffers",
        "config",
        "crc32",
        "crc32c",
        "epoll_flags",
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
    const NOT_IN_API_1: [&str; 5] = ["combine", "crc32_repair", "crc64", "gf32", "neg_len"];
    let mut found: Vec<_> = std::fs::read_dir(table::FOLDER)
        .expect("c-harness/vectors")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tsv"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut known: Vec<_> = REPLAYED.iter().chain(&NOT_IN_API_1).map(ToString::to_string).collect();
    known.sort();
    assert_eq!(found, known);
}
