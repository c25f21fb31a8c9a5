//! The whole story: an emulated D1 mini on fresh flash, and the server that updates it.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use d1ota::problem::Problem;
use d1ota::{interrupt, key, session};

use crate::{build, network, workspace, Result};

/// What is run.
#[derive(Args, Clone)]
#[group(id = "run")] // clap's groups have names; this one and `build` would both be `Options`
pub struct Options {
    #[command(flatten)]
    build: build::Options,
    /// Port for the device's page, and 8 above it for its update trigger [default: 80, or 8080]
    #[arg(long, value_name = "PORT")]
    listen: Option<u16>,
    /// Port of the image server
    #[arg(long, value_name = "PORT", default_value_t = d1ota::serve::PORT)]
    port: u16,
    /// Go on with the flash as the last run left it, instead of flashing anew
    #[arg(long)]
    keep_flash: bool,
    /// Write every frame on the air to this file
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
}

/// Builds, flashes, and runs device and server until Ctrl-C.
pub fn run(options: Options) -> Result {
    let images = build::build(&options.build)?;
    // A file of its own: the device writes to it, and flash.bin stays what was built.
    let flash = workspace::images().join("device.bin");
    if !options.keep_flash || !flash.exists() {
        fs::copy(images.join("flash.bin"), &flash)
            .map_err(|error| Problem::file("write", &flash, &error))?;
    }
    let mac = d1_emulator::board::Config::default().mac;
    let network = network::read(&images, Some(mac));
    if io::stdout().is_terminal() {
        if let Some(network) = &network {
            println!("{}", network.qr_code());
            println!(
                "On a board, this code joins its network {}. Here the air is emulated: open the URL below.",
                network.ssid
            );
        }
    }
    let mut session = session::Session::new(flash, &images);
    session.map = Some(options.build.flash_size);
    session.key = options.build.key.as_deref().map(key::read).transpose()?;
    session.device.listen = options.listen;
    session.device.psk = network.and_then(|network| network.key);
    session.device.pcap = options.pcap;
    session.server_port = options.port;
    session::run(session, &*interrupt::flag()?).map(drop)
}
