//! The firmware, linked for slot 1.
#![cfg_attr(target_arch = "xtensa", no_std, no_main)]

#[cfg(target_arch = "xtensa")]
#[xtensa_lx_rt::entry]
fn main() -> ! {
    d1_ota::start::start()
}

#[cfg(not(target_arch = "xtensa"))]
fn main() {
    eprintln!("this is firmware: build it by `cargo xtask build`, run it by `cargo xtask run`");
}
