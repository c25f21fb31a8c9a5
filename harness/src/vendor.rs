//! What Espressif made for the chip, if the user has it: SDK images, the mask ROM.
//!
//! None of it is in this repository. Two variables say where it is; without them
//! the tests that need it print why they did nothing.

use d1_emulator::rom::dump::Dump;
use std::path::PathBuf;
use std::{env, fs};

/// A checkout of ESP8266_NONOS_SDK.
pub struct VendorSdk {
    bin: PathBuf,
}

impl VendorSdk {
    /// `$ESP8266_NONOS_SDK`, or `None` and the reason printed.
    pub fn find() -> Option<VendorSdk> {
        let root = named(
            "ESP8266_NONOS_SDK",
            "the root of a checkout of github.com/espressif/ESP8266_NONOS_SDK",
        )?;
        Some(VendorSdk {
            bin: root.join("bin"),
        })
    }

    /// A file below the checkout's `bin`.
    ///
    /// # Panics
    /// When it is missing: whoever names a checkout means it.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.bin.join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("ESP8266_NONOS_SDK: {path:?}: {error}"))
    }
}

/// Where `$D1_ROM` says a dump of the mask ROM is, or `None` and the reason printed.
pub fn mask_rom_path() -> Option<PathBuf> {
    named(
        "D1_ROM",
        "a 64 KiB dump of the chip's mask ROM (esptool.py dump_mem 0x40000000 65536 FILE reads it out of a board)",
    )
}

/// That dump.
///
/// # Panics
/// When what the variable names is no dump.
pub fn mask_rom() -> Option<Dump> {
    let path = mask_rom_path()?;
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("D1_ROM: {path:?}: {error}"));
    Some(Dump::new(bytes).unwrap_or_else(|error| panic!("D1_ROM: {path:?}: {error}")))
}

fn named(variable: &str, what: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).filter(|value| !value.is_empty());
    if path.is_none() {
        println!("SKIPPED: {variable} is not set; it names {what}");
    }
    path.map(PathBuf::from)
}
