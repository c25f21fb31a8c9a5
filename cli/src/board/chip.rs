//! A board's flash chip, by esptool.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use d1_image::FlashMap;

use super::esptool::{watch, Esptool};
use super::port::Port;
use crate::problem::Problem;

/// What helps when esptool finds no board.
const NO_ANSWER: &str =
    "is this the board's port, and no monitor open on it? A board without auto-reset: hold GPIO0 \
                         (D3) to ground, press reset, try again";

/// What esptool tells of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The station's MAC address, as the chip's fuses have it.
    pub mac: Option<[u8; 6]>,
    /// Bytes of the flash chip, by its JEDEC id; `None` for a chip esptool does not know.
    pub flash_len: Option<u32>,
}

/// Something to write, and where.
#[derive(Clone, Debug)]
pub struct Content {
    /// Bytes from the flash's start.
    pub offset: u32,
    /// The file.
    pub file: PathBuf,
}

/// Asks which board is on a port, and how large its flash is.
///
/// # Errors
///
/// [`Problem`] when no ESP8266 answers.
pub fn identify(esptool: &Esptool, port: &Port) -> Result<Found, Problem> {
    port.check()?;
    let output = command(esptool, port)
        .arg("flash_id")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Problem::new(format!("cannot start esptool: {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let why = said.lines().rfind(|line| !line.trim().is_empty());
        let why = why.unwrap_or("it said nothing");
        return Err(
            Problem::new(format!("no ESP8266 answers on {port}: {why}")).with_help(NO_ANSWER)
        );
    }
    Ok(read(&said))
}

/// Writes to a board whose flash is large enough for `map`, in the user's view; with `erase`, all else is erased.
///
/// # Errors
///
/// [`Problem`] when the chip is smaller, before anything is erased, or esptool fails.
pub fn flash(
    esptool: &Esptool,
    port: &Port,
    baud: u32,
    map: FlashMap,
    contents: &[Content],
    erase: bool,
) -> Result<Found, Problem> {
    let found = identify(esptool, port)?;
    fits(&found, map)?;
    let mut write = command(esptool, port);
    write
        .args(["--baud", &baud.to_string()])
        // The images say themselves how the flash is read.
        .args(["write_flash", "-fm", "keep", "-ff", "keep", "-fs", "keep"]);
    if erase {
        write.arg("--erase-all");
    }
    for content in contents {
        write
            .arg(format!("{:#x}", content.offset))
            .arg(&content.file);
    }
    watch(&mut write, "esptool write_flash", NO_ANSWER)?;
    Ok(found)
}

/// Reads the whole flash chip to a new file; returns its length in bytes.
///
/// # Errors
///
/// [`Problem`] when the file exists, or esptool fails.
pub fn backup(esptool: &Esptool, port: &Port, baud: u32, file: &Path) -> Result<u64, Problem> {
    if file.exists() {
        return Err(Problem::new(format!("{} exists already", file.display()))
            .with_help("a backup is never overwritten: choose another name"));
    }
    port.check()?;
    // Under another name until it is whole: half a backup looks like one.
    let part = file.with_extension("part");
    let mut read = command(esptool, port);
    read.args(["--baud", &baud.to_string(), "read_flash", "0", "ALL"])
        .arg(&part);
    watch(&mut read, "esptool read_flash", NO_ANSWER)?;
    let len = fs::metadata(&part)
        .map_err(|error| Problem::file("read", &part, &error))?
        .len();
    if !u32::try_from(len).is_ok_and(|len| nor_model::Chip::with_len(len).is_some()) {
        return Err(
            Problem::new(format!("esptool read {len} bytes, which no flash chip has"))
                .with_help("try again with a lower --baud"),
        );
    }
    fs::rename(&part, file).map_err(|error| Problem::file("write", file, &error))?;
    Ok(len)
}

/// Writes a backup of the whole flash chip back.
///
/// # Errors
///
/// [`Problem`] when the file is not as long as the board's chip, before anything is erased, or esptool fails.
pub fn restore(esptool: &Esptool, port: &Port, baud: u32, file: &Path) -> Result<(), Problem> {
    let len = fs::metadata(file)
        .map_err(|error| Problem::file("read", file, &error))?
        .len();
    let found = identify(esptool, port)?;
    if found.flash_len.is_some_and(|chip| u64::from(chip) != len) {
        let chip = found.flash_len.unwrap_or_default();
        return Err(Problem::new(format!(
            "{} has {len} bytes and the board's flash chip {chip}",
            file.display()
        ))
        .with_help("it is not a backup of this board; esptool.py write_flash takes anything, if you are sure"));
    }
    let mut write = command(esptool, port);
    write
        .args(["--baud", &baud.to_string()])
        .args([
            "write_flash",
            "-fm",
            "keep",
            "-ff",
            "keep",
            "-fs",
            "keep",
            "0",
        ])
        .arg(file);
    watch(
        &mut write,
        "esptool write_flash",
        "a lower --baud is slower and surer",
    )
}

fn command(esptool: &Esptool, port: &Port) -> Command {
    let mut command = esptool.command();
    command.args(["--chip", "esp8266", "--port", port.name()]);
    command
}

fn fits(found: &Found, map: FlashMap) -> Result<(), Problem> {
    match found.flash_len {
        Some(chip) if chip < map.flash_len() => Err(Problem::new(format!(
            "the board's flash chip has {} KB, and these images are for the {} map ({} KB)",
            chip / 1024,
            map.name(),
            map.flash_len() / 1024
        ))
        .with_help(
            match FlashMap::ALL
                .into_iter()
                .rfind(|map| map.flash_len() <= chip)
            {
                Some(map) => format!(
                    "build for it: cargo xtask build --flash-size {}",
                    map.name()
                ),
                None => "no flash map is that small".into(),
            },
        )),
        _ => Ok(()),
    }
}

/// MAC address and flash size in what esptool says.
fn read(said: &str) -> Found {
    let after = |start: &str| {
        said.lines()
            .find_map(|line| line.trim().strip_prefix(start))
            .map(str::trim)
    };
    let mac = after("MAC:").and_then(|text| {
        let mut mac = [0; 6];
        let mut digits = text.split(':');
        for byte in &mut mac {
            *byte = u8::from_str_radix(digits.next()?, 16).ok()?;
        }
        Some(mac)
    });
    let flash_len = after("Detected flash size:").and_then(|text| {
        let (number, unit) = match text.strip_suffix("MB") {
            Some(number) => (number, 1024 * 1024),
            None => (text.strip_suffix("KB")?, 1024),
        };
        number.parse::<u32>().ok()?.checked_mul(unit)
    });
    Found { mac, flash_len }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn board_is_known_by_what_esptool_says() {
        let said = "esptool.py v4.8.1\nSerial port /dev/ttyUSB0\nConnecting....\nChip is ESP8266EX\nMAC: \
                    a0:20:a6:16:45:d2\nUploading stub...\nManufacturer: ef\nDevice: 4016\nDetected flash size: 4MB\n";
        let found = read(said);
        assert_eq!(found.mac, Some([0xA0, 0x20, 0xA6, 0x16, 0x45, 0xD2]));
        assert_eq!(found.flash_len, Some(0x40_0000));
        assert_eq!(read("Detected flash size: 512KB").flash_len, Some(0x8_0000));
        assert_eq!(read("Detected flash size: Unknown").flash_len, None);
    }

    #[test]
    fn chip_smaller_than_the_map_is_refused_with_the_map_that_fits() {
        let found = |flash_len| Found {
            mac: None,
            flash_len,
        };
        for (chip, map, advice) in [
            (0x8_0000, FlashMap::M1, "--flash-size 512K"),
            (0x10_0000, FlashMap::M4, "--flash-size 1M"),
            (0x20_0000, FlashMap::M4, "--flash-size 1M"),
            (0x4_0000, FlashMap::K512, "no flash map is that small"),
        ] {
            let problem = fits(&found(Some(chip)), map).unwrap_err();
            assert!(problem.message().contains(map.name()), "{problem}");
            assert!(problem.help().unwrap().contains(advice), "{problem}");
        }
        for map in FlashMap::ALL {
            assert!(fits(&found(Some(0x40_0000)), map).is_ok());
            // A chip esptool does not know may be any size: the firmware looks again.
            assert!(fits(&found(None), map).is_ok());
        }
    }
}
