//! Tells the linker which slot each binary is for, and which build this is; packs the page (`build/page.rs`).
//!
//! Numbers become absolute symbols: their address is the value. So they are in the ELF file for everyone to
//! read, and code needs no generated source.

#[path = "build/page.rs"]
mod page;

use std::env;

use d1_image::{FlashMap, Slot};

fn main() {
    println!("cargo:rerun-if-env-changed=D1_FLASH_SIZE");
    println!("cargo:rerun-if-env-changed=D1_BUILD_NUMBER");
    page::pack();
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("xtensa") {
        return;
    }
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let map = flash_map();
    let libraries = libraries();
    for slot in [Slot::One, Slot::Two] {
        let number = slot.number();
        let script = format!("{root}/memory-app{number}.x");
        println!("cargo:rerun-if-changed={script}");
        let argument = |text: String| {
            println!("cargo:rustc-link-arg-bin=user{number}={text}");
            if env::var_os("CARGO_FEATURE_FAULTS").is_some() {
                println!("cargo:rustc-link-arg-bin=faulty{number}={text}");
            }
        };
        let region = map.slot(slot);
        for (symbol, value) in [
            ("_d1_slot", u32::from(number)),
            ("_d1_build_number", build_number(slot)),
            ("_d1_release", release()),
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
        for library in &libraries {
            argument(library.clone());
        }
        // Behind its symbols: what the script finds undefined, it gives the 1M map's value.
        argument(format!("-Wl,-T,{script}"));
    }
}

/// With the engine `vendor`: what its libraries want of the linker.
///
/// `cargo xtask build` has checked that these are the files the engine was written for.
fn libraries() -> Vec<String> {
    const LIBRARIES: [&str; 6] = ["net80211", "pp", "core", "phy", "clk", "rtc"];
    /// The mask ROM's data is nobody's, since the ROM is called for the cache only.
    const DRAM_LEN: u32 = 0x3FFF_F800 - 0x3FFE_8000;
    println!("cargo:rerun-if-env-changed=ESP8266_RTOS_SDK");
    if env::var_os("CARGO_FEATURE_VENDOR").is_none() {
        return Vec::new();
    }
    let sdk = env::var("ESP8266_RTOS_SDK")
        .expect("ESP8266_RTOS_SDK names the SDK: see docs/vendor-engine.md");
    let mut arguments = vec![
        format!("-Wl,--defsym=_dram_len={DRAM_LEN:#x}"),
        // The only function of the SDK's libhal.a that is wanted.
        "-Wl,--defsym=xthal_get_ccount=__xtensa_lx_ccount".to_owned(),
        // From libraries the linker meets before it knows that they are wanted.
        "-Wl,--undefined=ets_printf,--undefined=__enter_nmi,--undefined=Cache_Read_Enable_New"
            .to_owned(),
        "-Wl,--start-group".to_owned(),
    ];
    arguments.extend(LIBRARIES.map(|name| format!("{sdk}/components/esp8266/lib/lib{name}.a")));
    arguments.push("-Wl,--end-group".to_owned());
    arguments
}

/// The flash map of `D1_FLASH_SIZE`, by default that of 1 MB.
fn flash_map() -> FlashMap {
    match env::var("D1_FLASH_SIZE") {
        Ok(name) => FlashMap::from_name(&name)
            .unwrap_or_else(|| panic!("D1_FLASH_SIZE={name}: there is a map for 512K, 1M and 4M")),
        Err(_) => FlashMap::M1,
    }
}

/// The build number that was chosen; by default the slot's number, so that an update is seen to change something.
fn build_number(slot: Slot) -> u32 {
    chosen_build_number().unwrap_or(u32::from(slot.number()))
}

/// The release, which tells what is older: a build number that was chosen. The default ones only name the slots,
/// and of such development builds none is older than another.
fn release() -> u32 {
    chosen_build_number().unwrap_or(0)
}

/// `D1_BUILD_NUMBER`, if there is one.
fn chosen_build_number() -> Option<u32> {
    let text = env::var("D1_BUILD_NUMBER").ok()?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) => panic!(
            "D1_BUILD_NUMBER={text}: not a number from 0 to {}",
            u32::MAX
        ),
    }
}
