//! Tells the sources what this compiler can do that the oldest supported one (1.85) cannot.

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    println!("cargo::rustc-check-cfg=cfg(mtproxy_ffi_wide)");
    // The intrinsics of VPCLMULQDQ and AVX-512 are stable from 1.89 on.
    if minor_version().is_some_and(|minor| minor >= 89) {
        println!("cargo::rustc-cfg=mtproxy_ffi_wide");
    }
}

/// The 95 of `rustc 1.95.0 (…)`.
fn minor_version() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.split('.').nth(1)?.parse().ok()
}
