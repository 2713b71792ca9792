// SPDX-License-Identifier: LGPL-2.0-or-later
//! Makes the list of the boundary's functions, and compiles the harness's relinking, which loads the original beside the drop-in.

#[path = "../mk/generate.rs"]
#[allow(dead_code, reason = "of what is made the calls are used here")]
mod generate;

fn main() {
    println!("cargo::rerun-if-changed=../mk/generate.rs");
    generate::calls("..".as_ref());
    const HARNESS: &str = "../c-harness/lib";
    println!("cargo::rerun-if-changed={HARNESS}");
    cc::Build::new()
        .files(["relink.c", "object_check.c"].map(|file| format!("{HARNESS}/{file}")))
        .define("_GNU_SOURCE", None)
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .compile("relink");
}
