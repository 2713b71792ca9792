// SPDX-License-Identifier: LGPL-2.0-or-later
//! The layers of `src/`: each uses only those below it, and unsafe code and exports appear only in the allowed layers.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every module at the top of the crate that is not part of the pure core, with the layers it may use besides the core and
/// itself.
const LAYERS: &[(&str, &[&str])] = &[
    ("sys", &[]),
    ("sync", &[]),
    ("layout", &["sync"]),
    ("runtime", &["layout", "sync", "sys"]),
    ("ffi", &["runtime", "layout", "sync", "sys"]),
    ("kdb", &["runtime", "layout", "sync", "sys"]),
];

/// Layers that must not use the core either.
const WITHOUT_CORE: &[&str] = &["sys", "sync"];

/// Layers whose files may hold unsafe code, and those that may export names.
const UNSAFE_LAYERS: &[&str] = &["sys", "sync", "ffi", "kdb"];
const EXPORTING: &[&str] = &["ffi", "kdb"];

#[derive(Debug)]
struct File {
    /// Below `src/`, with `/`.
    path: String,
    text: String,
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).unwrap().components();
                let below: Vec<_> = below.map(|part| part.as_os_str().to_str().unwrap()).collect();
                files.push(File { path: below.join("/"), text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(files.len() > 60, "the sources are elsewhere: {} files", files.len());
    files
}

/// The module at the top of the crate that a file belongs to.
fn module(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

fn is_layer(module: &str) -> bool {
    LAYERS.iter().any(|(layer, _)| *layer == module)
}

/// The text without comments, to which the rules apply. Comment marks in strings are not distinguished.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The modules at the top of the crate that a text names: after `crate::`, alone or first in braces.
fn used_modules(text: &str) -> Vec<String> {
    let code = code(text);
    let mut used = Vec::new();
    for (start, prefix) in code.match_indices("crate::") {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|byte| byte.is_alphanumeric() || byte == '_') {
            continue;
        }
        let rest = &code[start + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => used.extend(first_names(list)),
            None => used.push(name(rest)),
        }
    }
    used
}

/// The names at the top level of a brace list.
fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut names, mut at_start) = (0, Vec::new(), true);
    for (index, byte) in list.char_indices() {
        match byte {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            _ if byte.is_whitespace() => {}
            _ if depth == 0 && at_start => {
                names.push(name(&list[index..]));
                at_start = false;
            }
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> String {
    text.chars().take_while(|byte| byte.is_alphanumeric() || *byte == '_').collect()
}

fn wrong_uses(files: &[File]) -> Vec<String> {
    let modules: Vec<&str> = files.iter().map(|file| module(&file.path)).collect();
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.path != "lib.rs") {
        let own = module(&file.path);
        let allowed = LAYERS.iter().find(|(layer, _)| *layer == own).map_or(&[][..], |(_, allowed)| allowed);
        for used in used_modules(&file.text) {
            let fits = if used == own || !modules.contains(&used.as_str()) {
                true // its own module, or an item of the crate's root
            } else if is_layer(&used) {
                allowed.contains(&used.as_str())
            } else {
                !WITHOUT_CORE.contains(&own)
            };
            if !fits {
                wrong.push(format!("{} uses crate::{used}", file.path));
            }
        }
    }
    wrong
}

fn may_be_unsafe(path: &str) -> bool {
    UNSAFE_LAYERS.contains(&module(path)) || path.ends_with("/raw.rs") || path.contains("/arch/")
}

fn stray_unsafe(files: &[File]) -> Vec<String> {
    let has_unsafe = |file: &&File| {
        code(&file.text).match_indices("unsafe").any(|(start, word)| {
            let after = code(&file.text)[start + word.len()..].trim_start().to_owned();
            let is_type = after.starts_with("extern \"C\" fn(");
            !is_type && ["{", "fn", "impl", "extern"].iter().any(|next| after.starts_with(next))
        })
    };
    let tests_aside = |file: &File| File {
        path: file.path.clone(),
        text: file.text.split("#[cfg(test)]").next().unwrap_or("").to_owned(),
    };
    let files: Vec<File> = files.iter().filter(|file| !may_be_unsafe(&file.path)).map(tests_aside).collect();
    files.iter().filter(has_unsafe).map(|file| file.path.clone()).collect()
}

fn stray_exports(files: &[File]) -> Vec<String> {
    let exports = |file: &&File| {
        let code = code(&file.text);
        code.contains("no_mangle") || code.contains("export_name") || code.contains(".globl")
    };
    let others = files.iter().filter(|file| !EXPORTING.contains(&module(&file.path)));
    others.filter(exports).map(|file| file.path.clone()).collect()
}

/// Public functions with a safe signature that read through a variable which the host may write.
fn safe_readers_of_globals(files: &[File]) -> Vec<String> {
    const HOST_WRITTEN: &[&str] = &["cfg_cur", "logname", "stat_func_first", "config_name", "crc32_partial("];
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| module(&file.path) == "kdb") {
        let code = code(&file.text);
        for (start, _) in code.match_indices("pub extern \"C\" fn ") {
            let body = &code[start..];
            let body = &body[..body.find("\n}").unwrap_or(body.len())];
            if HOST_WRITTEN.iter().any(|global| body.contains(global)) {
                let name = name(body.trim_start_matches("pub extern \"C\" fn "));
                wrong.push(format!("{}: {name}", file.path));
            }
        }
    }
    wrong
}

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn each_layer_uses_only_those_below_it() {
    assert_eq!(wrong_uses(&sources()), [""; 0]);
}

#[test]
fn unsafe_code_stays_where_it_belongs() {
    assert_eq!(stray_unsafe(&sources()), [""; 0]);
}

#[test]
fn only_the_edges_export_names() {
    assert_eq!(stray_exports(&sources()), [""; 0]);
}

#[test]
fn no_safe_function_reads_through_what_a_host_writes() {
    assert_eq!(safe_readers_of_globals(&sources()), [""; 0]);
}

/// The control: each rule detects a violation.
/// Files with a memory order above relaxed, outside their tests, that the table of models does not name.
fn orders_without_a_row(files: &[File], table: &str) -> Vec<String> {
    let orders = |file: &File| {
        let shipped = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        let shipped = code(shipped);
        ["Acquire)", "Acquire,", "Release)", "AcqRel", "SeqCst)", "SeqCst,"]
            .iter()
            .any(|order| shipped.lines().any(|line| line.contains(order) && line.contains('(')))
    };
    let mut rows: Vec<_> = files
        .iter()
        .filter(|file| !file.path.starts_with("sync/") && !file.path.contains("/tests/") && orders(file))
        .filter(|file| !table.contains(&format!("`{}`", file.path)))
        .map(|file| file.path.clone())
        .collect();
    rows.sort();
    rows
}

/// What the table names that is not there: files, and models.
fn rows_of_nothing(table: &str, root: &Path) -> Vec<String> {
    let models: String = fs::read_dir(root.join("tests/loom"))
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let names = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let there = |name: &str| match name.rsplit_once('.') {
        Some((_, "rs")) => root.join("src").join(name).is_file(),
        Some((_, "c")) => {
            ["c-harness", "c-harness/checks"].iter().any(|folder| root.join(folder).join(name).is_file())
        }
        _ => {
            models.contains(&format!("fn {name}()"))
                || name.contains('-')
                || ["src/", "tests/loom/", "iothreads"].contains(&name)
        }
    };
    names.filter(|name| !there(name)).map(str::to_owned).collect()
}

#[test]
fn each_file_with_memory_orders_says_which_model_covers_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/concurrency.md")).unwrap();
    assert_eq!(orders_without_a_row(&sources(), &table), Vec::<String>::new());
    assert_eq!(rows_of_nothing(&table, root), Vec::<String>::new());
    // The controls.
    assert!(orders_without_a_row(&sources(), "").contains(&"runtime/wakeup.rs".to_owned()));
    assert_eq!(rows_of_nothing("| `no_such_model`, `no/such.rs`, `dropin/none.c` |", root).len(), 3);
}

#[test]
fn rules_see_what_breaks_them() {
    let mut files = sources();
    files.extend([
        file("checksum/bad.rs", "use crate::sys::file;"),
        file("kdb/bad.rs", "use crate::{\n    digest,\n    ffi::{self, OK},\n};"),
        file("ffi/bad.rs", "let x = crate::kdb::verbosity; // crate::tl is fine"),
        file("sys/bad.rs", "use crate::text::FixedText;"),
        file("runtime/bad.rs", "pub(crate) use crate::layout::pid; use crate::ffi;"),
        file("config/bad.rs", "fn f() { unsafe { g() } } // unsafe { }"),
        file("runtime/exported.rs", "#[unsafe(no_mangle)] pub extern \"C\" fn g() {}"),
        file("kdb/safe.rs", "pub extern \"C\" fn cfg_peek() -> u8 {\n    *cfg_cur\n}"),
    ]);
    let expected = [
        "checksum/bad.rs uses crate::sys",
        "kdb/bad.rs uses crate::ffi",
        "ffi/bad.rs uses crate::kdb",
        "sys/bad.rs uses crate::text",
        "runtime/bad.rs uses crate::ffi",
    ];
    assert_eq!(wrong_uses(&files), expected);
    assert_eq!(stray_unsafe(&files), ["config/bad.rs"]);
    assert_eq!(stray_exports(&files), ["runtime/exported.rs"]);
    assert_eq!(safe_readers_of_globals(&files), ["kdb/safe.rs: cfg_peek"]);
}
