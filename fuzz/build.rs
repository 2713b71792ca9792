// SPDX-License-Identifier: LGPL-2.0-or-later
//! Makes the lists of the boundary's functions and of legacy names, and compiles the harness's relinking, which loads the original beside the drop-in.

#[path = "../mk/generate.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod generate;

fn main() {
    println!("cargo::rerun-if-changed=../mk/generate.rs");
    let root = "..".as_ref();
    generate::calls(root);
    generate::names(root, "Checksum", &["common/crc32", "common/crc32c"]);
    generate::names(root, "Config", &["common/parse-config"]);
    generate::names(root, "Digest", &["common/md5", "common/sha1", "common/sha256"]);
    // The legacy objects that the whole drop-in leaves to its host: nothing calls them.
    const STAND_INS: &str = "MTPROXY_FFI_STAND_INS";
    println!("cargo::rerun-if-env-changed={STAND_INS}");
    if std::env::var_os("CARGO_FEATURE_WHOLE").is_some() {
        println!(
            "cargo::rustc-link-arg-bins={}",
            std::env::var(STAND_INS).expect("`make fuzz` names the stand-ins")
        );
        // The target sees a failure itself, where the object that has the function is a stand-in.
        println!("cargo::rustc-link-arg-bin=connection=-Wl,--wrap=fail_connection");
    }
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
