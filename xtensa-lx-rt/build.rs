//! Assembles start-up and vectors, bundles them into the crate, and lets the linker find `link.x`.

use std::path::Path;
use std::{env, fs};

fn main() {
    const SOURCES: [&str; 3] = ["src/start.S", "src/vectors.S", "src/multiply.S"];
    const SCRIPT: &str = "link.x";
    for file in SOURCES.into_iter().chain([SCRIPT]) {
        println!("cargo:rerun-if-changed={file}");
    }
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("xtensa") {
        return;
    }
    // `xlink` changes what it links, and cargo does not look at linkers.
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        println!("cargo:rerun-if-changed={linker}");
    }
    // The tools are named in .cargo/config.toml.
    cc::Build::new()
        .no_default_flags(true)
        .files(SOURCES)
        .flags(["-mlongcalls", "-mtext-section-literals"])
        .compile("xtensa_lx_rt_start");

    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::copy(SCRIPT, Path::new(&out).join(SCRIPT)).expect("link.x is beside this file");
    for (feature, file, sections) in [
        // Integer divisions and wide shifts, which this core has no instructions for.
        (
            "DIVISION_IN_IRAM",
            "compiler.x",
            "*(.text.__*si3 .text.__*di3 .text.__multiply_words .text.*compiler_builtins3int*)\n",
        ),
        // The constants of Rust code: strings and the like, which the compiler names by itself; its tables for `match`
        // and jumps; statics. Not what C code has, which may run in an NMI.
        (
            "NARROW_LOADS",
            "constants.x",
            "*(.rodata..Lanon.* .rodata.str1.* .rodata.cst* .rodata..Lswitch.table.* .rodata._R*)\n",
        ),
    ] {
        let is_on = env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
        let text = if is_on { sections } else { "" };
        fs::write(Path::new(&out).join(file), text).expect("OUT_DIR is ours");
    }
    println!("cargo:rustc-link-search={out}");
}
