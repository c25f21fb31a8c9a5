//! Assembles `leaves.S` and bundles it into the crate.

fn main() {
    const SOURCE: &str = "src/leaves.S";
    println!("cargo:rerun-if-changed={SOURCE}");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("xtensa") {
        return;
    }
    // The tools are named in .cargo/config.toml.
    cc::Build::new()
        .no_default_flags(true)
        .file(SOURCE)
        .flags(["-mlongcalls", "-mtext-section-literals"])
        .compile("xtensa_lx_leaves");
}
