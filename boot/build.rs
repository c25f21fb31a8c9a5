//! Hands the loader's own linker script to the linker.
//!
//! The script is copied to `OUT_DIR` so that it is found wherever cargo is started from.

use std::env;
use std::fs;
use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-changed=boot.x");
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("xtensa") {
        return;
    }
    // `xlink` changes what it links, and cargo does not look at linkers.
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        println!("cargo:rerun-if-changed={linker}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("boot.x"), include_bytes!("boot.x")).expect("OUT_DIR is writable");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Wl,-Tboot.x");
}
