//! Firmware that goes wrong on purpose, linked for slot 1. For tests.
#![cfg_attr(target_arch = "xtensa", no_std, no_main)]

#[cfg(target_arch = "xtensa")]
#[xtensa_lx_rt::entry]
fn main() -> ! {
    d1_ota::faults::start()
}

#[cfg(not(target_arch = "xtensa"))]
fn main() {
    eprintln!("this is firmware for tests: `cargo xtask test` builds it");
}
