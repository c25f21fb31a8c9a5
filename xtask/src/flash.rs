//! What was built, onto a board: boot loader and slot 1, and nothing else.

use std::path::{Path, PathBuf};

use clap::Args;
use d1_image::{FlashMap, Slot};
use d1ota::problem::Problem;

use crate::build::{directory, Engine};
use crate::{process, setup, workspace, Result};

/// Where to.
#[derive(Args, Clone)]
#[group(id = "flash")]
pub struct Options {
    /// The board's serial port, as esptool names ports: /dev/ttyUSB0, socket://HOST:PORT, rfc2217://HOST:PORT
    #[arg(long)]
    port: String,
    /// Bits per second while writing
    #[arg(long, default_value_t = 460_800)]
    baud: u32,
    /// Which engine's images; without it the vendor engine's if they were built
    #[arg(long, value_enum)]
    wifi: Option<Engine>,
}

/// Writes boot loader and slot 1 by esptool.
pub fn run(options: &Options) -> Result {
    let engine = options.wifi.unwrap_or_else(built);
    let images = directory(engine);
    let (boot, user1) = (image(&images, "boot.bin")?, image(&images, "user1.bin")?);
    if engine == Engine::Mac {
        eprintln!(
            "warning: our own Wi-Fi engine does not calibrate the RF part, so a board's network will not be \
             seen. `cargo xtask build --wifi vendor` makes images that do."
        );
    }
    eprintln!("Writing {}", images.display());
    setup::esptool("venv", "harness/requirements.txt")?;
    let mut esptool = process::command(workspace::images().join("venv/bin/esptool.py"));
    esptool
        .args(["--chip", "esp8266", "--port", &options.port])
        .args(["--baud", &options.baud.to_string()])
        // The images say themselves how the flash is read.
        .args(["write_flash", "-fm", "keep", "-ff", "keep", "-fs", "keep"])
        .arg("0x0")
        .arg(boot)
        .arg(slot_1())
        .arg(user1);
    process::watch(&mut esptool, "esptool")?;
    eprintln!(
        "The boot record was left alone: a board that ran slot 2 goes on doing so. To begin anew, erase it first \
         (esptool.py erase_flash)."
    );
    Ok(())
}

/// The vendor engine, if its images are there.
fn built() -> Engine {
    match directory(Engine::Vendor).join("user1.bin").exists() {
        true => Engine::Vendor,
        false => Engine::Mac,
    }
}

fn image(images: &Path, name: &str) -> Result<PathBuf> {
    let path = images.join(name);
    if path.exists() {
        return Ok(path);
    }
    Err(Problem::new(format!("there is no {}", path.display()))
        .with_help("`cargo xtask build` or `cargo xtask build --wifi vendor` makes it"))
}

/// Where slot 1 begins, in every map.
fn slot_1() -> String {
    format!("{:#x}", FlashMap::M1.slot(Slot::One).start.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_1_is_in_the_same_place_in_every_map() {
        for map in FlashMap::ALL {
            assert_eq!(map.slot(Slot::One).start.get(), 0x1000);
        }
        assert_eq!(slot_1(), "0x1000");
    }
}
