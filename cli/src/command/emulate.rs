//! `d1ota emulate`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use d1_emulator::board::Strap;
use nor_model::{Chip, Pace};

use crate::emulate::{Audience, Emulation, Options, UartAccess};
use crate::interrupt;
use crate::join::key_of_images;
use crate::passphrase;
use crate::problem::Problem;
use crate::size;

const EXAMPLES: &str = "\
Examples:
  d1ota emulate --flash flash.bin --listen 8080         open http://127.0.0.1:8080; d1ota serve feeds it
  d1ota emulate --flash flash.bin --elf user1.elf --elf user2.elf --gdb 3333
  d1ota emulate --flash flash.bin --uart rfc2217:5555   esptool's --port rfc2217://127.0.0.1:5555
  d1ota emulate --flash flash.bin --listen 8080 --cut-power-at 40 --pcap air.pcap";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The flash chip's contents; written back at the end
    #[arg(long, value_name = "FILE")]
    flash: PathBuf,
    /// Write the flash file after each erase and program too
    #[arg(long)]
    write_through: bool,
    /// Lead 127.0.0.1:PAGE_PORT to the device's port 80, and the port 8 above it to port 88
    #[arg(long, value_name = "PAGE_PORT")]
    listen: Option<u16>,
    /// Image server: where the device's connections to port 8888 go
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8888", value_parser = server)]
    server: String,
    /// Lead to UART0: tcp:PORT of 127.0.0.1 for raw bytes, rfc2217:PORT for a serial port whose
    /// DTR and RTS reset the board, pty for a new terminal of this system
    #[arg(long, value_name = "KIND:PORT", value_parser = uart)]
    uart: Option<UartAccess>,
    /// How the strapping pins are held: flash or uart (download mode)
    #[arg(long, default_value = "flash", value_parser = strap)]
    strap: Strap,
    /// Size of the flash chip, 512K to 16M [default: the flash file's]
    #[arg(long, value_parser = size::chip)]
    chip_size: Option<Chip>,
    /// How long the flash chip takes, by its data sheet: typical or maximum
    #[arg(long, value_name = "TIMES", default_value = "typical", value_parser = flash_timing)]
    flash_timing: Pace,
    /// A dump of the mask ROM to run instead of the built-in one
    #[arg(long, value_name = "FILE")]
    rom: Option<PathBuf>,
    /// Run as fast as the host can; without it, time is real time while a port is open
    #[arg(long)]
    fast: bool,
    /// End after N core cycles; without ports the run is as fast as it can be
    #[arg(long, value_name = "N")]
    max_cycles: Option<u64>,
    /// Cut the power inside the N-th erase or program of flash
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    cut_power_at: Option<u64>,
    /// Write the frames on the air to FILE
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// The passphrase of the device's network, 8 to 63 characters; by default that of the images beside the flash file
    /// (`cargo xtask build` notes it in network.txt), and if there is none, the network has to be open
    #[arg(long, value_name = "KEY", value_parser = passphrase::check)]
    psk: Option<String>,
    /// Hold the core at reset and wait for gdb on 127.0.0.1:PORT
    #[arg(long, value_name = "PORT")]
    gdb: Option<u16>,
    /// Name functions and source lines in reports, from this ELF file (may be repeated)
    #[arg(long, value_name = "FILE")]
    elf: Vec<PathBuf>,
    /// Write every instruction to FILE, under the names of functions --elf knows; this takes room
    #[arg(long, value_name = "FILE", conflicts_with = "gdb")]
    trace: Option<PathBuf>,
    /// Tell when the board's LED goes on and off
    #[arg(short, long)]
    verbose: bool,
    /// Seed of everything that is left to chance
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Problem> {
    let stop = interrupt::flag()?;
    let images = arguments.flash.parent().unwrap_or(Path::new(""));
    let psk = arguments.psk.or_else(|| key_of_images(images));
    let emulation = Emulation::start(&Options {
        flash: arguments.flash,
        chip: arguments.chip_size,
        flash_timing: arguments.flash_timing,
        write_through: arguments.write_through,
        listen: arguments.listen,
        server: arguments.server,
        uart: arguments.uart,
        gdb: arguments.gdb,
        elf: arguments.elf,
        trace: arguments.trace,
        rom: arguments.rom,
        strap: arguments.strap,
        fast: arguments.fast,
        max_cycles: arguments.max_cycles,
        cut_power_at: arguments.cut_power_at,
        pcap: arguments.pcap,
        psk,
        verbose: arguments.verbose,
        seed: arguments.seed,
    })?;
    emulation.run(&stop, &mut Streams::default())?;
    Ok(())
}

/// The console on standard output, everything else on standard error.
#[derive(Default)]
struct Streams {
    mid_line: bool,
    wire: Wire,
}

/// What of the UART is for people: behind the banner of a start in download mode a protocol follows, whose bytes would
/// upset a terminal, until the next banner.
#[derive(Default)]
struct Wire {
    /// The line so far.
    line: Vec<u8>,
    is_downloading: bool,
}

impl Wire {
    /// How the mask ROM greets.
    const BANNER: &[u8] = b" ets Jan  8 2013";
    /// What it says then in download mode.
    const DOWNLOAD: &[u8] = b"boot mode:(1,";
    /// No banner is as long; a protocol knows no lines.
    const LINE_LEN: usize = 256;

    fn text(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(bytes.len());
        for byte in bytes {
            if !self.is_downloading {
                text.push(*byte);
            }
            self.line.push(*byte);
            if self.is_downloading && self.line.ends_with(Wire::BANNER) {
                self.is_downloading = false;
                text.extend(Wire::BANNER);
            }
            if *byte == b'\n' {
                let has = |words: &[u8]| self.line.windows(words.len()).any(|at| at == words);
                self.is_downloading |= has(Wire::BANNER) && has(Wire::DOWNLOAD);
                self.line.clear();
            } else if self.line.len() > Wire::LINE_LEN {
                // A banner may have begun.
                self.line.drain(..self.line.len() - Wire::BANNER.len());
            }
        }
        text
    }
}

impl Audience for Streams {
    fn console(&mut self, bytes: &[u8]) {
        let text = self.wire.text(bytes);
        let mut out = io::stdout().lock();
        // A closed pipe must not keep the flash file from being written.
        let _ = out.write_all(&text).and_then(|()| out.flush());
        if let Some(last) = text.last() {
            self.mid_line = *last != b'\n';
        }
    }

    fn note(&mut self, text: &str) {
        let line_end = if std::mem::take(&mut self.mid_line) {
            "\n"
        } else {
            ""
        };
        let _ = writeln!(io::stderr(), "{line_end}[emulator] {text}");
    }
}

fn strap(text: &str) -> Result<Strap, String> {
    match text {
        "flash" => Ok(Strap::Flash),
        "uart" => Ok(Strap::Uart),
        _ => Err("the straps are flash and uart".into()),
    }
}

fn flash_timing(text: &str) -> Result<Pace, String> {
    match text {
        "typical" => Ok(Pace::Typical),
        "maximum" => Ok(Pace::Maximum),
        _ => Err("the flash chip's times are typical or maximum".into()),
    }
}

fn uart(text: &str) -> Result<UartAccess, String> {
    if text == "pty" {
        return Ok(UartAccess::Terminal);
    }
    let access = text.split_once(':').and_then(|(kind, port)| {
        let port = port.parse().ok()?;
        match kind {
            "tcp" => Some(UartAccess::Tcp(port)),
            "rfc2217" => Some(UartAccess::Rfc2217(port)),
            _ => None,
        }
    });
    access.ok_or_else(|| "say tcp:PORT, rfc2217:PORT or pty, as in tcp:5555".into())
}

fn server(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.into()),
        _ => Err("say HOST:PORT, as in 127.0.0.1:8888".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_board_says_in_download_mode_is_not_for_people() {
        let (start, download) = (
            "\r\n ets Jan  8 2013,rst cause:2, boot mode:",
            "(1,6)\r\n\r\n",
        );
        // Of every length, so that the banner behind it is cut wherever it may be.
        for len in 0..600 {
            let protocol = vec![0xC0; len];
            let said = [
                start.as_bytes(),
                download.as_bytes(),
                &protocol,
                start.as_bytes(),
                b"(3,6)\r\nfirmware\r\n",
            ]
            .concat();
            let shown = format!("{start}(1,6)\r\n{}(3,6)\r\nfirmware\r\n", &start[2..]);
            for piece in [1, 7, said.len()] {
                let mut wire = Wire::default();
                let text: Vec<u8> = said
                    .chunks(piece)
                    .flat_map(|part| wire.text(part))
                    .collect();
                assert_eq!(String::from_utf8_lossy(&text), shown, "{len}, {piece}");
            }
        }
    }
}
