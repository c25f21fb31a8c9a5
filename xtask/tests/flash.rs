//! `cargo xtask flash` on an emulated board behind an RFC 2217 port.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use d1_emulator::board::Config;
use d1_image::layout::SECTOR_LEN;
use d1_image::FlashMap;
use d1ota::emulate::{Audience, Background, Options, UartAccess};
use d1ota::join::Network;

/// Nobody listens.
struct Deaf;

impl Audience for Deaf {
    fn console(&mut self, _bytes: &[u8]) {}

    fn note(&mut self, text: &str) {
        println!("[emulator] {text}");
    }
}

/// Where `cargo xtask build` put its output.
fn images() -> PathBuf {
    std::env::var_os("D1_IMAGES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/d1"),
        PathBuf::from,
    )
}

/// A board that nobody looks at but through its UART, which is an RFC 2217 port.
fn board(flash: &Path) -> Background {
    let options = Options {
        uart: Some(UartAccess::Rfc2217(0)),
        fast: true,
        ..Options::new(flash)
    };
    Background::start(options, Arc::default(), Deaf).expect("the board can be switched on")
}

#[test]
fn chip_smaller_than_the_map_is_refused_before_anything_is_erased() {
    let images = images();
    if !images.join("venv/bin/esptool.py").exists() {
        println!("SKIPPED: no esptool; `cargo xtask setup --tests` installs it");
        return;
    }
    let directory = std::env::temp_dir().join(format!("d1-xtask-small-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let flash = directory.join("flash.bin");
    let before: Vec<u8> = (0..0x8_0000_u32).map(|at| (at >> 12) as u8).collect();
    fs::write(&flash, &before).unwrap();
    let board = board(&flash);
    let said = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["flash", "--port"])
        .arg(board.uart().unwrap())
        .env("D1_IMAGES", &images)
        .output()
        .unwrap();
    board.switch_off().unwrap();
    let text = String::from_utf8_lossy(&said.stderr);
    assert!(!said.status.success());
    for words in ["has 512 KB", "for the 1M map", "--flash-size 512K"] {
        assert!(text.contains(words), "{words:?} is missing in:\n{text}");
    }
    assert!(fs::read(&flash).unwrap() == before, "something was written");
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn flash_writes_boot_loader_and_slot_1_and_nothing_else() {
    let images = images();
    if !images.join("venv/bin/esptool.py").exists() {
        println!("SKIPPED: no esptool; `cargo xtask setup --tests` installs it");
        return;
    }
    let built = match images.join("vendor/user1.bin").exists() {
        true => images.join("vendor"),
        false => images.clone(),
    };
    let directory = std::env::temp_dir().join(format!("d1-xtask-flash-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let flash = directory.join("flash.bin");
    let before: Vec<u8> = (0..0x40_0000_u32).map(|at| (at >> 12) as u8).collect();
    fs::write(&flash, &before).unwrap();

    let board = board(&flash);
    let said = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["flash", "--baud", "2000000", "--port"])
        .arg(board.uart().unwrap())
        .env("D1_IMAGES", &images)
        .output()
        .unwrap();
    board.switch_off().unwrap();
    let text =
        String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{text}");
    let name = Network::default_ssid(Config::default().mac);
    for words in [
        format!("Join {name} (open)"),
        "GPIO15 (D8) low".into(),
        "--erase begins anew".into(),
    ] {
        assert!(text.contains(&words), "{words:?} is missing in:\n{text}");
    }

    let after = fs::read(&flash).unwrap();
    let mut written = Vec::new();
    for (name, start) in [("boot.bin", 0), ("user1.bin", 0x1000)] {
        let image = fs::read(built.join(name)).unwrap();
        let end = start + image.len();
        assert!(after[start..end] == image, "{name} is not in flash");
        // esptool erases whole sectors.
        written.push(start..end.next_multiple_of(SECTOR_LEN as usize));
    }
    // The board runs behind esptool's last reset, and keeps what is its own.
    let map = FlashMap::M1;
    let sectors = map
        .record_sectors()
        .into_iter()
        .chain(map.history_sectors());
    let kept = [map.network_key(), map.rf_calibration()].map(|region| region.start);
    for start in sectors.chain(kept) {
        let start = start.get() as usize;
        written.push(start..start + SECTOR_LEN as usize);
    }
    let (old, new) = (
        before.chunks(SECTOR_LEN as usize),
        after.chunks(SECTOR_LEN as usize),
    );
    for (number, (old, new)) in old.zip(new).enumerate() {
        let start = number * SECTOR_LEN as usize;
        let is_written = written.iter().any(|range| range.contains(&start));
        assert!(
            is_written || old == new,
            "the sector at {start:#x} is not what it was"
        );
    }
    fs::remove_dir_all(directory).unwrap();
}
