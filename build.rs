//! Compiles the C half of the drop-in; without the feature `kdb` there is nothing to do, and no C compiler is needed.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "kdb")]
    compile_shim();
}

#[cfg(feature = "kdb")]
fn compile_shim() {
    const SHIM: &str = "src/kdb/shim.c";
    println!("cargo::rerun-if-changed={SHIM}");
    // Each function in a section of its own: the linker keeps what is used.
    cc::Build::new()
        .file(SHIM)
        .std("c11")
        .pic(true)
        .warnings(true)
        .extra_warnings(true)
        .flag("-ffunction-sections")
        .flag("-fdata-sections")
        .compile("mtproxy_kdb_shim");
}
