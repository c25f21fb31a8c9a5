//! Tells the linker which slot each binary is for, and which build this is.
//!
//! Numbers become absolute symbols: their address is the value. So they are in the ELF file for everyone to
//! read, and code needs no generated source.

use std::env;

use d1_image::{FlashMap, Slot};

fn main() {
    println!("cargo:rerun-if-env-changed=D1_FLASH_SIZE");
    println!("cargo:rerun-if-env-changed=D1_BUILD_NUMBER");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("xtensa") {
        return;
    }
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let map = flash_map();
    for slot in [Slot::One, Slot::Two] {
        let number = slot.number();
        let script = format!("{root}/memory-app{number}.x");
        println!("cargo:rerun-if-changed={script}");
        let argument = |text: String| println!("cargo:rustc-link-arg-bin=user{number}={text}");
        let region = map.slot(slot);
        for (symbol, value) in [
            ("_d1_slot", u32::from(number)),
            ("_d1_build_number", build_number(slot)),
            ("_d1_flash_size", map.flash_len()),
            ("_d1_irom_origin", map.irom_origin(slot).get()),
            (
                "_d1_irom_len",
                region.len - d1_image::layout::IMAGE_IROM_OFFSET,
            ),
            ("_d1_megabyte", region.start.megabyte()),
        ] {
            argument(format!("-Wl,--defsym={symbol}={value:#x}"));
        }
        // Behind its symbols: what the script finds undefined, it gives the 1M map's value.
        argument(format!("-Wl,-T,{script}"));
    }
}

/// The flash map of `D1_FLASH_SIZE`, by default that of 1 MB.
fn flash_map() -> FlashMap {
    match env::var("D1_FLASH_SIZE") {
        Ok(name) => FlashMap::from_name(&name)
            .unwrap_or_else(|| panic!("D1_FLASH_SIZE={name}: there is a map for 512K, 1M and 4M")),
        Err(_) => FlashMap::M1,
    }
}

/// `D1_BUILD_NUMBER`; by default the slot's number, so that an update is seen to change something.
fn build_number(slot: Slot) -> u32 {
    match env::var("D1_BUILD_NUMBER") {
        Ok(text) => match text.parse() {
            Ok(number) => number,
            Err(_) => panic!(
                "D1_BUILD_NUMBER={text}: not a number from 0 to {}",
                u32::MAX
            ),
        },
        Err(_) => u32::from(slot.number()),
    }
}
