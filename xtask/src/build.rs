//! Boot loader, firmware and flash images, for the chip.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use d1_image::{FlashMap, Slot};
use d1_signature::SecretKey;
use d1ota::convert::{self, Elf, FlashAccess, Image, Wish};
use d1ota::key;
use d1ota::merge::merge;
use d1ota::passphrase;
use d1ota::problem::Problem;

use crate::{network, process, sdk, setup, toolchain, workspace, Result};

/// What is built.
#[derive(Args, Clone)]
pub struct Options {
    /// How the flash is divided: 512K, 1M or 4M
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = d1ota::size::flash_map)]
    pub flash_size: FlashMap,
    /// The build number of both images; without it user1 carries 1 and user2 carries 2
    #[arg(long, value_name = "N")]
    pub build_number: Option<u32>,
    /// The engine that drives the Wi-Fi
    #[arg(long, value_enum, default_value_t = Engine::Mac)]
    pub wifi: Engine,
    /// The name of the network; without it D1-OTA- and the last bytes of the MAC address
    #[arg(long, value_parser = ssid)]
    pub ssid: Option<String>,
    /// The passphrase of the network, 8 to 63 characters; without it, one that is made once and kept in target/d1
    #[arg(long, value_name = "KEY", value_parser = passphrase::check)]
    pub psk: Option<String>,
    /// Let anybody join, without a passphrase
    #[arg(long, conflicts_with = "psk")]
    pub open: bool,
    /// Sign with the key in FILE, and trust it alone; without it, the development key, which everybody has
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
}

/// A Wi-Fi engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Ours, on the registers of the Wi-Fi MAC
    Mac,
    /// Espressif's libraries
    Vendor,
}

impl Default for Options {
    /// What the command line's defaults are.
    fn default() -> Options {
        Options {
            flash_size: FlashMap::M1,
            build_number: None,
            wifi: Engine::Mac,
            ssid: None,
            psk: None,
            open: false,
            key: None,
        }
    }
}

/// Builds everything, and says where it is.
pub fn run(options: &Options) -> Result {
    let directory = build(options)?;
    eprintln!("Built {}", directory.display());
    let network = options.ssid.as_deref().unwrap_or("D1-OTA-...");
    match psk(options)? {
        Some(psk) => eprintln!("its network {network} has the passphrase {psk}"),
        None => eprintln!("its network {network} is open: anybody can join"),
    }
    if options.key.is_none() {
        let name = d1_signature::DEVELOPMENT.name();
        eprintln!("signed by the {name}, which everybody has (--key FILE for your own)");
    }
    Ok(())
}

/// Builds everything; returns the directory.
pub fn build(options: &Options) -> Result<PathBuf> {
    build_into(options, &directory(options.wifi))
}

/// Where the images of an engine go: the vendor engine's beside our own, so that tests find both.
pub fn directory(engine: Engine) -> PathBuf {
    match engine {
        Engine::Mac => workspace::images(),
        Engine::Vendor => workspace::images().join("vendor"),
    }
}

/// Builds everything into `directory`, and returns it.
pub fn build_into(options: &Options, directory: &Path) -> Result<PathBuf> {
    let sdk = match options.wifi {
        Engine::Mac => None,
        Engine::Vendor => Some(sdk::find()?),
    };
    let key = options.key.as_deref().map(key::read).transpose()?;
    let psk = psk(options)?;
    let toolchain = setup::toolchain()?;
    let xlink = xlink()?;
    let mut cargo = toolchain.build("firmware", &xlink);
    cargo.env("D1_FLASH_SIZE", options.flash_size.name());
    match sdk {
        Some(sdk) => cargo
            .args(["--features", "d1-ota/vendor"])
            .env(sdk::VARIABLE, sdk),
        None => cargo.env_remove(sdk::VARIABLE),
    };
    for (variable, value) in [
        (
            "D1_BUILD_NUMBER",
            options.build_number.map(|number| number.to_string()),
        ),
        ("D1_SSID", options.ssid.clone()),
        ("D1_PSK", psk.clone()),
        ("D1_PUBLIC_KEY", key.map(|key| key.public().to_string())),
    ] {
        match value {
            Some(value) => cargo.env(variable, value),
            None => cargo.env_remove(variable),
        };
    }
    process::watch(&mut cargo, "building for the chip")?;
    fs::create_dir_all(directory).map_err(|error| Problem::file("create", directory, &error))?;
    network::write(directory, options.ssid.as_deref(), psk.as_deref())?;
    pack(options.flash_size, key, directory)
}

/// The passphrase of the network, if it is to have one.
fn psk(options: &Options) -> Result<Option<String>> {
    if options.open {
        return Ok(None);
    }
    if let Some(psk) = &options.psk {
        return Ok(Some(psk.clone()));
    }
    let images = workspace::images();
    fs::create_dir_all(&images).map_err(|error| Problem::file("create", &images, &error))?;
    passphrase::kept(&images.join("passphrase.txt")).map(Some)
}

/// Builds the programs that exist to be run in the emulator, and returns the directory of their ELF files.
pub fn guests() -> Result<PathBuf> {
    let toolchain = setup::toolchain()?;
    let mut cargo = toolchain.build("guests", &xlink()?);
    process::watch(&mut cargo, "building the emulator's guests")?;
    let directory = workspace::images().join("guests");
    fs::create_dir_all(&directory).map_err(|error| Problem::file("create", &directory, &error))?;
    for name in ["computations", "crash"] {
        copy_elf(name, &directory)?;
    }
    Ok(directory)
}

/// Builds the firmware that goes wrong on purpose, for both slots of the 1M map.
pub fn faulty() -> Result {
    let toolchain = setup::toolchain()?;
    let mut cargo = toolchain.build("faulty", &xlink()?);
    cargo.env("D1_FLASH_SIZE", FlashMap::M1.name());
    for variable in ["D1_BUILD_NUMBER", "D1_SSID", "D1_PSK", sdk::VARIABLE] {
        cargo.env_remove(variable);
    }
    process::watch(&mut cargo, "building firmware that goes wrong")?;
    for slot in Slot::ALL {
        let name = format!("faulty{}", slot.number());
        slot_image(&name, slot, FlashMap::M1, None, &workspace::images())?;
    }
    Ok(())
}

/// Converts a linked program for a slot.
fn slot_image(
    name: &str,
    slot: Slot,
    map: FlashMap,
    key: Option<SecretKey>,
    directory: &Path,
) -> Result<Image> {
    let elf = copy_elf(name, directory)?;
    let wish = Wish {
        map: Some(map),
        slot: Some(slot),
        key,
        ..Wish::default()
    };
    let image = Image::from_file(&elf, wish)
        .map_err(|error| Problem::image(&directory.join(format!("{name}.elf")), &error))?;
    write(&directory.join(format!("{name}.bin")), &image.bytes)?;
    Ok(image)
}

/// Converts the linked programs and writes everything to `directory`.
fn pack(map: FlashMap, key: Option<SecretKey>, directory: &Path) -> Result<PathBuf> {
    let mut images = Vec::new();
    for slot in Slot::ALL {
        images.push(slot_image(slot.name(), slot, map, key, directory)?);
    }
    let boot = copy_elf("boot", directory)?;
    let boot = Elf::parse(&boot)
        .and_then(|elf| convert::boot(&elf, map, FlashAccess::default()))
        .map_err(|error| Problem::image(&directory.join("boot.elf"), &error))?;
    write(&directory.join("boot.bin"), &boot)?;
    let flash = merge(&boot, &images[..1], map, map.flash_len())?;
    write(&directory.join("flash.bin"), &flash)?;
    Ok(directory.to_owned())
}

/// Copies a linked program to `<name>.elf`; returns its bytes.
fn copy_elf(name: &str, directory: &Path) -> Result<Vec<u8>> {
    let path = toolchain::output().join(name);
    let bytes = fs::read(&path).map_err(|error| Problem::file("read", &path, &error))?;
    write(&directory.join(format!("{name}.elf")), &bytes)?;
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result {
    fs::write(path, bytes).map_err(|error| Problem::file("write", path, &error))
}

/// The linker driver, built by the host's cargo.
fn xlink() -> Result<PathBuf> {
    let mut cargo = process::command(workspace::host_cargo());
    cargo
        .args(["build", "--quiet", "--package", "xlink", "--target-dir"])
        .arg(workspace::target());
    process::watch(&mut cargo, "building xlink")?;
    Ok(workspace::target().join("debug/xlink"))
}

/// An SSID that fits a beacon.
fn ssid(text: &str) -> std::result::Result<String, String> {
    match text.len() {
        1..=32 => Ok(text.to_owned()),
        len => Err(format!("an SSID has 1 to 32 bytes, this has {len}")),
    }
}
