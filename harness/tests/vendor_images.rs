//! Espressif's own images on the emulated chip: boot loaders 1.2, 1.6 and 1.7, the AT firmware.
//!
//! `ESP8266_NONOS_SDK` names a checkout of the SDK: without it, nothing here runs.
//! `D1_ROM` names a dump of the mask ROM: with it, everything runs twice, on the
//! emulator's own ROM and on the dump. docs/vendor-images.md says where both come from.

use d1_emulator::board::{Config, Machine};
use d1_emulator::rom::dump::Dump;
use d1_emulator::time::Time;
use d1_harness::{mask_rom, Images, VendorSdk};
use nor_model::{Chip, Nor};

/// Emulated time between two looks at the console.
const SLICE: Time = Time::from_micros(1_000);
/// From reset to the AT firmware's `ready`, a first start that writes calibration and parameters included.
const START_MS: u64 = 5_000;
const ANSWER_MS: u64 = 2_000;
/// Header byte 2 as esptool's write_flash sets it for a D1 mini.
const MODE_DIO: u8 = 2;

/// A flash map of the SDK and the AT firmware for it.
struct Map {
    len: usize,
    /// Header byte 3: the map's code and, 0, 40 MHz.
    code: u8,
    at_firmware: &'static str,
    /// What boot 1.7 and 1.6 call it.
    name: &'static str,
}

/// The D1 mini's, seen as one megabyte.
const MAP_1M: Map = Map {
    len: 0x10_0000,
    code: 0x20,
    at_firmware: "at/512+512/user1.1024.new.2.bin",
    name: "8Mbit(512KB+512KB)",
};
/// What the larger AT firmware is built for; on another chip it refuses its own partitions.
const MAP_2M: Map = Map {
    len: 0x20_0000,
    code: 0x50,
    at_firmware: "at/1024+1024/user1.2048.new.5.bin",
    name: "16Mbit(1024KB+1024KB)",
};

/// A ROM to boot from.
struct Rom {
    name: &'static str,
    dump: Option<Dump>,
}

/// The emulator's own and, if the user has one, the chip's.
fn roms() -> Vec<Rom> {
    let own = Rom {
        name: "the built-in mask ROM",
        dump: None,
    };
    let dump = mask_rom().map(|dump| Rom {
        name: "the dump",
        dump: Some(dump),
    });
    std::iter::once(own).chain(dump).collect()
}

/// A board and what its console showed since it was last asked something.
struct Board {
    machine: Machine,
    rom: &'static str,
    heard: Vec<u8>,
    reports: Vec<String>,
}

impl Board {
    fn with(flash: &[u8], rom: &Rom) -> Board {
        let chip = Chip::with_len(flash.len() as u32).expect("chips have that size");
        let nor = Nor::new(chip, flash).expect("it fits");
        let config = Config {
            // 74880 baud up to the firmware's start, 115200 then: the terminal follows.
            console_baud: None,
            ..Config::default()
        };
        let mut machine = Machine::new(config, nor);
        if let Some(dump) = &rom.dump {
            machine.use_rom(dump.clone());
        }
        Board {
            machine,
            rom: rom.name,
            heard: Vec::new(),
            reports: Vec::new(),
        }
    }

    fn console(&self) -> String {
        String::from_utf8_lossy(&self.heard).replace('\r', "")
    }

    /// Runs until the console shows `text`; all it showed.
    #[track_caller]
    fn until(&mut self, text: &str, milliseconds: u64) -> String {
        let deadline = self.machine.now() + Time::from_micros(milliseconds * 1000);
        loop {
            let console = self.console();
            if console.contains(text) {
                return console;
            }
            assert!(
                self.machine.now() < deadline,
                "waited {milliseconds} ms (emulated) for {text:?} on {}\n--- console ---\n{console}\n--- reports ---\n{}",
                self.rom,
                self.reports.join("\n"),
            );
            self.machine.run_until(self.machine.now() + SLICE);
            self.heard.extend(self.machine.console());
            self.reports.extend(self.machine.log());
        }
    }

    /// Sends a command to the AT firmware; what it says up to its OK, without the echo.
    #[track_caller]
    fn ask(&mut self, command: &str) -> String {
        self.heard.clear();
        self.machine
            .type_console(format!("{command}\r\n").as_bytes());
        let said = self.until("\nOK\n", ANSWER_MS);
        let answer = said.trim_start_matches(command).trim_end();
        let answer = answer.trim_end_matches("OK").trim();
        self.heard.clear();
        answer.to_string()
    }
}

/// A flash chip with a boot loader, a firmware in slot 1 and the SDK's radio defaults.
fn flash(sdk: &VendorSdk, map: &Map, boot: &[u8], user1: &[u8]) -> Vec<u8> {
    let mut flash = vec![0xFF; map.len];
    let mut put = |at: usize, bytes: &[u8]| flash[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, boot);
    put(0x1000, user1);
    put(map.len - 0x4000, &sdk.read("esp_init_data_default_v08.bin"));
    flash
}

/// One of Espressif's boot loaders as esptool would flash it for this map.
fn loader(sdk: &VendorSdk, version: &str, map: &Map) -> Vec<u8> {
    let mut loader = sdk.read(&format!("boot_v{version}.bin"));
    loader[2] = MODE_DIO;
    loader[3] = map.code;
    loader
}

/// What the loader prints between the mask ROM's last line and the firmware it starts.
fn loader_lines(version: &str, map: &Map) -> String {
    let map = map.name;
    match version {
        "1.7" => format!(
            "\n2nd boot version : 1.7(5d6f877)\n\
             SPI Speed : 40MHz\n\
             SPI Mode : DIO\n\
             SPI Flash Size & Map: {map}\n\
             jump to run user1 @ 1000\n\n"
        ),
        "1.6" => format!(
            "\n2nd boot version : 1.6\n  \
               SPI Speed      : 40MHz\n  \
               SPI Mode       : DIO\n  \
               SPI Flash Size & Map: {map}\n\
             jump to run user1 @ 1000\n\n"
        ),
        _ => "\n2nd boot version : 1.2\n  \
                SPI Speed      : 40MHz\n  \
                SPI Mode       : DIO\n  \
                SPI Flash Size : 8Mbit\n\
              jump to run user1\n\n"
            .to_string(),
    }
}

/// The console between the mask ROM's trace and the firmware.
fn after_rom(console: &str) -> &str {
    let checksum = console.find("csum 0x").expect("the ROM loads an image");
    let end = console[checksum..].find('\n').expect("the line ends");
    &console[checksum + end + 1..]
}

#[test]
fn every_boot_loader_of_espressif_prints_its_lines_and_starts_the_at_firmware() {
    let Some(sdk) = VendorSdk::find() else { return };
    for rom in &roms() {
        for (version, map) in [
            ("1.2", MAP_1M),
            ("1.6", MAP_1M),
            ("1.7", MAP_1M),
            ("1.6", MAP_2M),
            ("1.7", MAP_2M),
        ] {
            let boot = loader(&sdk, version, &map);
            let flash = flash(&sdk, &map, &boot, &sdk.read(map.at_firmware));
            let mut board = Board::with(&flash, rom);
            let console = board.until("\nready\n", START_MS);
            let expected = loader_lines(version, &map);
            assert!(
                after_rom(&console).starts_with(&expected),
                "{}, boot {version}: {console:?}",
                rom.name
            );
        }
    }
}

#[test]
fn the_at_firmware_answers_and_restarts() {
    let Some(sdk) = VendorSdk::find() else { return };
    for rom in &roms() {
        for map in [MAP_1M, MAP_2M] {
            let boot = loader(&sdk, "1.7", &map);
            let flash = flash(&sdk, &map, &boot, &sdk.read(map.at_firmware));
            let mut board = Board::with(&flash, rom);
            board.until("\nready\n", START_MS);
            board.ask("AT");
            let version = board.ask("AT+GMR");
            assert!(version.starts_with("AT version:1.7.6.0"), "{version:?}");
            let mode = board.ask("AT+CWMODE?");
            assert!(mode.starts_with("+CWMODE:"), "{mode:?}");
            board.ask("AT+RST");
            let console = board.until("\nready\n", START_MS);
            assert!(console.contains("ets Jan  8 2013,rst cause:1"), "{console}");
            assert_eq!(board.ask("AT"), "", "after the restart");
        }
    }
}

#[test]
fn their_loader_starts_our_firmware() {
    let Some(sdk) = VendorSdk::find() else { return };
    let ours = Images::load();
    for rom in &roms() {
        for version in ["1.2", "1.6", "1.7"] {
            let boot = loader(&sdk, version, &MAP_1M);
            let flash = flash(&sdk, &MAP_1M, &boot, &ours.user1);
            let mut board = Board::with(&flash, rom);
            let console = board.until("SSID D1-OTA-", START_MS);
            let expected = loader_lines(version, &MAP_1M);
            assert!(after_rom(&console).starts_with(&expected), "{console:?}");
        }
    }
}

#[test]
fn our_loader_starts_the_at_firmware_of_either_slot() {
    let Some(sdk) = VendorSdk::find() else { return };
    let ours = Images::load();
    let boot = &ours.flash[..0x1000];
    for rom in &roms() {
        let user1 = sdk.read(MAP_1M.at_firmware);
        let mut board = Board::with(&flash(&sdk, &MAP_1M, boot, &user1), rom);
        let console = board.until("\nready\n", START_MS);
        assert!(console.contains("user1: ok"), "{console}");
        assert_eq!(board.ask("AT"), "");

        let mut second = flash(&sdk, &MAP_1M, boot, &[]);
        let user2 = sdk.read("at/512+512/user2.1024.new.2.bin");
        second[0x8_1000..0x8_1000 + user2.len()].copy_from_slice(&user2);
        let mut board = Board::with(&second, rom);
        let console = board.until("\nready\n", START_MS);
        assert!(console.contains("user2 @ 0x81000"), "{console}");
        assert_eq!(board.ask("AT"), "");
    }
}

#[test]
fn our_images_boot_from_a_dump_of_the_mask_rom() {
    let Some(dump) = mask_rom() else { return };
    let rom = Rom {
        name: "the dump",
        dump: Some(dump),
    };
    let mut board = Board::with(&Images::load().flash, &rom);
    let console = board.until("SSID D1-OTA-", START_MS);
    assert!(console.contains("user1 @ 0x1000\n"), "{console}");
}
