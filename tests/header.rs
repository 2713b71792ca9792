// SPDX-License-Identifier: LGPL-2.0-or-later
//! The committed C header is what cbindgen makes of the sources today, and declares exactly the exported names.
#![cfg(feature = "capi")]

use std::{collections::BTreeSet, fs, path::Path};

/// The sources of the header's constants, types and functions, in the header's order.
const SOURCES: [&str; 23] = [
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
    "src/layout/proc_stat.rs",
    "src/ffi/procfs.rs",
    "src/ffi/log_prefix.rs",
    "src/ffi/net.rs",
    "src/ffi/mp_queue.rs",
    "src/ffi/jobs_host.rs",
    "src/ffi/jobs.rs",
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
    with_c90_comments(&String::from_utf8(header).expect("the header is text"))
}

/// The header with `/* */` comments, because C90 has no others, and without the heading `# Safety`, which is Rust's.
fn with_c90_comments(header: &str) -> String {
    let (mut out, mut comment, mut indent) = (String::new(), Vec::new(), "");
    for line in header.lines().chain([""]) {
        match line.split_once("//") {
            Some((before, text)) if before.trim().is_empty() => {
                indent = before;
                comment.extend(Some(text).filter(|&text| text != " # Safety"));
                continue;
            }
            _ if comment.is_empty() => {}
            _ => {
                let text = comment.join(&format!("\n{indent} *"));
                out += &format!("{indent}/*{} */\n", text.trim_end_matches([' ', '*', '\n']));
                comment.clear();
            }
        }
        match line.split_once("//") {
            Some((code, text)) => out += &format!("{code}/*{text} */\n"),
            None => out += &format!("{line}\n"),
        }
    }
    out.trim_end().to_owned() + "\n"
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

/// The header's functions: the description of each, and its declaration without `mtproxy_ffi_` and line breaks.
fn declarations(header: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let (mut comment, mut declaration) = (String::new(), String::new());
    for line in header.lines() {
        if line.starts_with("/*") || line.starts_with(" *") {
            comment += line;
        } else if !declaration.is_empty() || line.contains(" mtproxy_ffi_") && line.contains('(') {
            declaration += line.trim_start();
            declaration += if line.ends_with(';') { "" } else { " " };
            if let Some(whole) = declaration.strip_suffix(';') {
                all.push((std::mem::take(&mut comment), whole.replacen("mtproxy_ffi_", "", 1)));
                declaration.clear();
            }
        } else {
            comment.clear();
        }
    }
    all
}

/// The rows of a table, in columns.
fn rows(path: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join(path)).expect(path);
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// The differences between a header and the table of functions.
fn misfits(header: &str) -> Vec<String> {
    let legacy: BTreeSet<_> =
        rows("c-harness/abi/legacy-symbols.tsv").into_iter().map(|mut row| row.swap_remove(1)).collect();
    let mut declared = declarations(header);
    let mut misfits = Vec::new();
    for row in rows("src/ffi/api.tsv") {
        let [_, name, result, parameters, counterpart, _] = &row[..] else { panic!("six columns: {row:?}") };
        let wanted = format!("{result} {name}({parameters})");
        let Some(at) = declared.iter().position(|(_, declaration)| *declaration == wanted) else {
            misfits.push(format!("{name}: not declared as the table has it"));
            continue;
        };
        let (comment, _) = declared.swap_remove(at);
        if counterpart != "-" {
            if !legacy.contains(counterpart) {
                misfits.push(format!("{name}: there is no legacy {counterpart}"));
            }
            if !comment.contains(&format!("`{counterpart}`")) {
                misfits.push(format!("{name}: its description does not name the legacy {counterpart}"));
            }
        }
    }
    misfits.extend(declared.into_iter().map(|(_, declaration)| format!("not in the table: {declaration}")));
    misfits
}

#[test]
fn header_declares_exactly_the_functions_of_the_table() {
    assert_eq!(misfits(&committed_header()), [""; 0]);
}

#[test]
fn headers_that_do_not_fit_the_table_are_seen() {
    let header = committed_header();
    for (fault, correct, wrong) in [
        ("sha1: not declared as the table has it", "uint8_t output[20]);", "uint8_t output[21]);"),
        ("not in the table: int32_t md4(", "int32_t mtproxy_ffi_md5(", "int32_t mtproxy_ffi_md4("),
        ("crc32_partial: its description does not name", "legacy `crc32_partial`", "legacy `crc`"),
    ] {
        let changed = header.replace(correct, wrong);
        assert!(misfits(&changed).iter().any(|misfit| misfit.starts_with(fault)), "{fault}");
    }
}
