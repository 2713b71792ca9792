//! Compiles the harness's relinking, which loads the original beside the drop-in.

fn main() {
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
