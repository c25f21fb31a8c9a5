//! What was built, onto a board: boot loader and slot 1, and nothing else.

use std::path::{Path, PathBuf};

use clap::Args;
use d1_image::header::InnerView;
use d1_image::{FlashMap, Slot};
use d1ota::board::{self, Content, Port};
use d1ota::command::after_flashing;
use d1ota::problem::Problem;

use crate::build::{directory, Engine};
use crate::{network, setup, Result};

/// Where to.
#[derive(Args, Clone)]
#[group(id = "flash")]
pub struct Options {
    /// The board's serial port, as esptool names ports: /dev/ttyUSB0, COM3, socket://HOST:PORT, rfc2217://HOST:PORT
    #[arg(long)]
    port: String,
    /// Bits per second while writing
    #[arg(long, default_value_t = 460_800)]
    baud: u32,
    /// Which engine's images; without it the vendor engine's if they were built
    #[arg(long, value_enum)]
    wifi: Option<Engine>,
    /// Erase all of the flash first, boot record and calibration included
    #[arg(long)]
    erase: bool,
}

/// Writes boot loader and slot 1 by esptool, and tells how to go on.
pub fn run(options: &Options) -> Result {
    let engine = options.wifi.unwrap_or_else(built);
    let images = directory(engine);
    let (boot, user1) = (image(&images, "boot.bin")?, image(&images, "user1.bin")?);
    let map = map_of(&boot)?;
    let port = Port::new(&options.port);
    port.check()?;
    if engine == Engine::Mac {
        eprintln!(
            "warning: our own Wi-Fi engine does not calibrate the RF part, so a board's network will not be \
             seen. `cargo xtask build --wifi vendor` makes images that do."
        );
    }
    eprintln!("Writing {}, {} map", images.display(), map.name());
    let contents = [(0, boot), (map.slot(Slot::One).start.get(), user1)]
        .map(|(offset, file)| Content { offset, file });
    let esptool = setup::esptool()?;
    let found = board::flash(&esptool, &port, options.baud, map, &contents, options.erase)?;
    let network = network::read(&images, found.mac);
    print!("{}", after_flashing(network.as_ref(), options.erase));
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

/// The flash map that a boot loader was built for.
fn map_of(boot: &Path) -> Result<FlashMap> {
    let bytes = std::fs::read(boot).map_err(|error| Problem::file("read", boot, &error))?;
    let header = InnerView::new_checked(&bytes[..]).ok();
    header
        .and_then(|header| FlashMap::from_code(header.map_code()))
        .ok_or_else(|| Problem::new(format!("{} is no boot loader of ours", boot.display())))
}
