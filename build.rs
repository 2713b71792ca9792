// SPDX-License-Identifier: LGPL-2.0-or-later
//! Detects features of this compiler that the oldest supported one (1.85) lacks; generates code from the tables; and, with
//! the feature `kdb_leaf`, compiles the drop-in's C shim. Without that feature no C compiler is needed.

use std::{env, process::Command};

#[path = "mk/generate.rs"]
#[allow(dead_code, reason = "what is made depends on the features")]
mod generate;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    println!("cargo::rustc-check-cfg=cfg(mtproxy_ffi_wide)");
    // The intrinsics of VPCLMULQDQ and AVX-512 are stable from 1.89 on.
    if minor_version().is_some_and(|minor| minor >= 89) {
        println!("cargo::rustc-cfg=mtproxy_ffi_wide");
    }
    println!("cargo::rerun-if-changed=mk/generate.rs");
    // A build script runs in the folder of its package.
    let root = "".as_ref();
    generate::proc_stat(root);
    #[cfg(any(feature = "capi", feature = "kdb_leaf"))]
    generate::layouts(root);
    #[cfg(feature = "capi")]
    generate::calls(root);
    #[cfg(feature = "kdb_leaf")]
    {
        compile_shim();
        link_stand_ins();
    }
}

/// The 95 of `rustc 1.95.0 (…)`.
fn minor_version() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.split('.').nth(1)?.parse().ok()
}

#[cfg(feature = "kdb_leaf")]
fn compile_shim() {
    const SHIM: &str = "src/kdb/shim";
    println!("cargo::rerun-if-changed={SHIM}");
    let mut files: Vec<_> = std::fs::read_dir(SHIM)
        .expect("the folder of the C half")
        .map(|entry| entry.expect("an entry of it").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    files.sort(); // the archive is the same on every machine
    // Each function in a section of its own, so that the linker keeps only the functions in use.
    cc::Build::new()
        .files(files)
        .std("c11")
        .pic(true)
        .warnings(true)
        .extra_warnings(true)
        .flag("-ffunction-sections")
        .flag("-fdata-sections")
        .compile("mtproxy_kdb_shim");
}

/// Programs that link this library whole, which are its unit tests, need the rest of the legacy library or stand-ins for it:
/// `make test` compiles them and names their objects.
#[cfg(feature = "kdb_leaf")]
fn link_stand_ins() {
    const OBJECTS: &str = "MTPROXY_FFI_STAND_INS";
    println!("cargo::rerun-if-env-changed={OBJECTS}");
    for object in env::var(OBJECTS).unwrap_or_default().split_whitespace() {
        println!("cargo::rustc-link-arg={object}");
    }
}
