//! The committed C header is what cbindgen makes of the sources today, and declares exactly the exported names.
#![cfg(feature = "capi")]

use std::{collections::BTreeSet, fs, path::Path};

/// Where the header's constants, types and functions come from, in the order it shows them.
const SOURCES: [&str; 19] = [
    "src/contract.rs",
    "src/ffi/boundary.rs",
    "src/tl/constants.rs",
    "src/net/epoll.rs",
    "src/procfs/meminfo.rs",
    "src/procfs/stat.rs",
    "src/process_id.rs",
    "src/cpu/mod.rs",
    "src/ffi/contract.rs",
    "src/ffi/checksum.rs",
    "src/ffi/digest.rs",
    "src/ffi/process_id.rs",
    "src/ffi/cpu.rs",
    "src/ffi/clock.rs",
    "src/ffi/config.rs",
    "src/ffi/tl.rs",
    "src/ffi/procfs.rs",
    "src/ffi/log_prefix.rs",
    "src/ffi/net.rs",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn generated_header() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let builder = SOURCES.iter().fold(cbindgen::Builder::new().with_config(config), |builder, source| {
        builder.with_src(root().join(source))
    });
    let mut header = Vec::new();
    builder.generate().expect("cbindgen reads the sources").write(&mut header);
    String::from_utf8(header).expect("the header is text")
}

fn committed_header() -> String {
    fs::read_to_string(root().join("include/mtproxy_ffi.h")).unwrap_or_default()
}

#[test]
fn committed_header_is_up_to_date() {
    let (generated, committed) = (generated_header(), committed_header());
    if std::env::var_os("MTPROXY_FFI_UPDATE_HEADER").is_some() {
        fs::write(root().join("include/mtproxy_ffi.h"), &generated).expect("the header can be written");
        return;
    }
    let line = generated.lines().zip(committed.lines()).position(|(new, old)| new != old);
    assert!(
        generated == committed,
        "include/mtproxy_ffi.h is stale, first in line {}: run `make header`",
        line.unwrap_or(0) + 1
    );
}

#[test]
fn header_declares_exactly_the_exported_names() {
    let exports = fs::read_to_string(root().join("src/ffi/exports.txt")).expect("the list of exports");
    let exports: BTreeSet<_> = exports.lines().collect();
    let header = committed_header();
    let declared: BTreeSet<_> = header
        .match_indices("mtproxy_ffi_")
        .filter(|(start, _)| {
            header[..*start].rsplit('\n').next().is_some_and(|before| before.starts_with(char::is_alphabetic))
        })
        .filter_map(|(start, _)| header[start..].split_once('(').map(|(name, _)| name))
        .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .collect();
    assert_eq!(declared, exports);
    assert_eq!(exports.len(), 46);
}
