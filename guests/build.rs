//! Links the guests for slot 1 of the 1M map: what the firmware's script means without any symbols.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=../memory-app1.x");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("xtensa") {
        return;
    }
    let here = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{here}/../memory-app1.x");
}
