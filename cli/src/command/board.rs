//! `d1ota flash`, `monitor`, `backup`, `restore` and `mac`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use d1_image::layout::BOOT_REGION;
use d1_image::{FlashMap, Slot};
use tempfile::TempDir;

use super::merge::Parts;
use crate::board::{self, Content, Esptool, Port, Reset, CONSOLE_BAUD};
use crate::interrupt;
use crate::join::Network;
use crate::problem::Problem;

const FLASH_EXAMPLES: &str = "\
Examples:
  d1ota flash --port /dev/ttyUSB0 target/d1/boot.bin target/d1/user1.bin
  d1ota flash --port COM3 boot.elf user1.elf user2.elf --erase

Back up first: d1ota backup --port /dev/ttyUSB0 backup.img";
const MONITOR_EXAMPLES: &str = "\
Examples:
  d1ota monitor --port /dev/ttyUSB0
  d1ota monitor --port COM3 --reset --elf target/d1/user1.elf --elf target/d1/user2.elf
  d1ota monitor --port socket://127.0.0.1:5555      what `d1ota emulate --uart tcp:5555` says

With --elf, addresses of code in the console (an exception's pc, for one) are followed by function, file and line.";
const BACKUP_EXAMPLES: &str = "\
Examples:
  d1ota backup --port /dev/ttyUSB0 backup.img
  d1ota inspect backup.img
  d1ota emulate --flash backup.img                  runs it without the board";
const RESTORE_EXAMPLES: &str = "\
Examples:
  d1ota restore --port /dev/ttyUSB0 backup.img";
const MAC_EXAMPLES: &str = "\
Examples:
  d1ota mac --port /dev/ttyUSB0";

/// The board's port, for all that use esptool.
#[derive(Debug, clap::Args)]
struct PortArguments {
    /// The board's serial port: /dev/ttyUSB0, /dev/cu.usbserial-110, COM3; rfc2217://HOST:PORT and socket://HOST:PORT too
    #[arg(long, value_name = "PORT")]
    port: String,
    /// Bits per second while flash is written or read
    #[arg(long, value_name = "N", default_value_t = 460_800)]
    baud: u32,
}

impl PortArguments {
    fn port(&self) -> Port {
        Port::new(&self.port)
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = FLASH_EXAMPLES)]
pub(super) struct Flash {
    #[command(flatten)]
    port: PortArguments,
    #[command(flatten)]
    parts: Parts,
    /// Erase all of the flash first, boot record and calibration included
    #[arg(long)]
    erase: bool,
    /// The network's name, if the images were built with one [default: D1-OTA- and the end of the MAC address]
    #[arg(long)]
    ssid: Option<String>,
    /// The network's passphrase, if the images were built with one: for the code that phones scan
    #[arg(long, value_name = "PASSPHRASE")]
    psk: Option<String>,
}

pub(super) fn flash(arguments: Flash) -> Result<(), Problem> {
    let port = arguments.port.port();
    port.check()?;
    let parts = arguments.parts.read()?;
    let directory = TempDir::new()
        .map_err(|error| Problem::new(format!("no folder for temporary files: {error}")))?;
    let mut contents = Vec::new();
    let mut put = |offset: u32, name: String, bytes: &[u8]| {
        let file = directory.path().join(name);
        super::write(&file, bytes)?;
        contents.push(Content { offset, file });
        Ok(())
    };
    put(BOOT_REGION.start.get(), "boot.bin".into(), &parts.loader)?;
    for image in &parts.images {
        let offset = parts.map.slot(image.slot).start.get();
        put(offset, image.file_name(), &image.bytes)?;
    }
    let esptool = Esptool::of_user()?;
    let baud = arguments.port.baud;
    let found = board::flash(&esptool, &port, baud, parts.map, &contents, arguments.erase)?;
    let ssid = arguments.ssid.or(found.mac.map(Network::default_ssid));
    let network = ssid.map(|ssid| Network {
        ssid,
        key: arguments.psk,
    });
    print!("{}", after_flashing(network.as_ref(), arguments.erase));
    Ok(())
}

/// What to tell somebody whose board was just written.
pub fn after_flashing(network: Option<&Network>, is_erased: bool) -> String {
    let mut text = String::new();
    if !is_erased {
        let [one, two] = Slot::ALL.map(Slot::name);
        text.push_str(&format!(
            "The boot record was left alone: a board that ran {two} goes on doing so; --erase begins anew with {one}.\n"
        ));
    }
    for advice in board::straps() {
        text.push_str(&format!("{advice}\n"));
    }
    if let Some(network) = network {
        if io::stdout().is_terminal() {
            text.push_str(&format!("\n{}\n", network.qr_code()));
        }
        let kind = match network.key {
            Some(_) => "WPA2",
            None => "open",
        };
        text.push_str(&format!(
            "Join {} ({kind}), and open http://192.168.123.1/\n",
            network.ssid
        ));
    }
    text
}

#[derive(Debug, clap::Args)]
#[command(after_help = MONITOR_EXAMPLES)]
pub(super) struct Monitor {
    /// The board's serial port; socket://HOST:PORT too
    #[arg(long, value_name = "PORT")]
    port: String,
    /// Bits per second of the console
    #[arg(long, value_name = "N", default_value_t = CONSOLE_BAUD)]
    baud: u32,
    /// Explain addresses by this ELF file (may be repeated)
    #[arg(long, value_name = "FILE")]
    elf: Vec<PathBuf>,
    /// Press reset first
    #[arg(long)]
    reset: bool,
}

pub(super) fn monitor(arguments: &Monitor) -> Result<(), Problem> {
    let port = Port::new(&arguments.port);
    let reset = match arguments.reset {
        true => Reset::Press,
        false => Reset::Leave,
    };
    let stop = interrupt::flag()?;
    eprintln!("{port} at {} baud; end with Ctrl-C", arguments.baud);
    let mut out = io::stdout().lock();
    board::monitor(
        &port,
        arguments.baud,
        &arguments.elf,
        reset,
        &stop,
        &mut out,
    )
}

#[derive(Debug, clap::Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(super) struct Backup {
    #[command(flatten)]
    port: PortArguments,
    /// The file to make
    file: PathBuf,
}

pub(super) fn backup(arguments: &Backup) -> Result<(), Problem> {
    let port = arguments.port.port();
    port.check()?;
    let esptool = Esptool::of_user()?;
    let len = board::backup(&esptool, &port, arguments.port.baud, &arguments.file)?;
    println!(
        "{}: {len} bytes, the whole flash; `d1ota restore` writes it back",
        arguments.file.display()
    );
    Ok(())
}

#[derive(Debug, clap::Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(super) struct Restore {
    #[command(flatten)]
    port: PortArguments,
    /// A file that `d1ota backup` made
    file: PathBuf,
}

pub(super) fn restore(arguments: &Restore) -> Result<(), Problem> {
    let port = arguments.port.port();
    port.check()?;
    let esptool = Esptool::of_user()?;
    board::restore(&esptool, &port, arguments.port.baud, &arguments.file)?;
    for advice in board::straps() {
        println!("{advice}");
    }
    Ok(())
}

#[derive(Debug, clap::Args)]
#[command(after_help = MAC_EXAMPLES)]
pub(super) struct Mac {
    /// The board's serial port
    #[arg(long, value_name = "PORT")]
    port: String,
}

pub(super) fn mac(arguments: &Mac) -> Result<(), Problem> {
    let port = Port::new(&arguments.port);
    port.check()?;
    let found = board::identify(&Esptool::of_user()?, &port)?;
    let mac = found
        .mac
        .ok_or_else(|| Problem::new("esptool told no MAC address"))?;
    let text = mac.map(|byte| format!("{byte:02x}")).join(":");
    println!("{text}");
    eprintln!(
        "its network is {} unless built with another name",
        Network::default_ssid(mac)
    );
    if let Some(len) = found.flash_len {
        let map = FlashMap::ALL
            .into_iter()
            .rfind(|map| map.flash_len() <= len);
        let map = map.map_or("none", FlashMap::name);
        eprintln!(
            "its flash chip has {} KB; the largest map that fits is {map}",
            len / 1024
        );
    }
    Ok(())
}
