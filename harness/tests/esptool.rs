//! A user's afternoon with esptool and an emulated D1 mini: identify, back up, flash, verify, boot, restore.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use d1_emulator::board::Strap;
use d1_harness::{image_directory, mask_rom_path, Bench, Judge, Server};
use d1ota::emulate::{Audience, Background, Ending, Options, UartAccess};
use d1ota::problem::Problem;

/// A board that runs for two minutes of its own time is not going to do what the test waits for.
const LAST_CYCLE: u64 = 10_000_000_000;
/// Fast enough to spare the emulator most of the waiting for the wire.
const BAUD: &str = "2000000";
/// The stub can send faster than it can receive.
const READ_BAUD: &str = "13000000";
/// All of a D1 mini's flash.
const FLASH_LEN: &str = "0x400000";

/// The language of an esptool: version 5 writes its commands with dashes and speaks otherwise.
#[derive(Clone, Copy, Debug)]
enum Esptool {
    Four,
    Newest,
}

impl Esptool {
    fn judge(self) -> Option<Judge> {
        match self {
            Esptool::Four => Judge::esptool(),
            Esptool::Newest => Judge::newest_esptool(),
        }
    }

    /// A command or value of version 4 in this one's words.
    fn say(self, word: &str) -> String {
        let is_word = word.len() > 2 && word.chars().all(|it| it.is_ascii_lowercase() || it == '_');
        match self {
            Esptool::Newest if is_word => word.replace('_', "-"),
            _ => word.into(),
        }
    }

    /// What it says to `flash_id`.
    fn portrait(self) -> [&'static str; 7] {
        match self {
            Esptool::Four => [
                "Chip is ESP8266EX",
                "Crystal is 26MHz",
                "MAC: 5c:cf:7f:dd:ee:aa",
                "Stub running",
                "Manufacturer: ef",
                "Device: 4016",
                "Detected flash size: 4MB",
            ],
            Esptool::Newest => [
                "ESP8266EX",
                "26MHz",
                "5c:cf:7f:dd:ee:aa",
                "Stub flasher running",
                "Manufacturer: ef",
                "Device: 4016",
                "Detected flash size: 4MB",
            ],
        }
    }

    /// What it says when flash is what a file holds.
    fn verified(self) -> &'static str {
        match self {
            Esptool::Four => "verify OK",
            Esptool::Newest => "Verification successful",
        }
    }
}

/// One board at a time: esptool gives a board that shares its processor with others too little time.
static BENCH: Mutex<()> = Mutex::new(());

/// A board on the bench: its flash file, and the work directory around it.
struct Board {
    directory: PathBuf,
    version: Esptool,
    esptool: Judge,
    /// A dump of the mask ROM for it to run.
    rom: Option<PathBuf>,
    _bench: MutexGuard<'static, ()>,
}

/// A board that is switched on.
struct Running {
    board: Background,
    console: Arc<Mutex<Vec<u8>>>,
}

/// Keeps the console; switches the board off when it shows a text.
struct Ear {
    console: Arc<Mutex<Vec<u8>>>,
    until: Option<&'static str>,
    stop: Arc<AtomicBool>,
}

impl Audience for Ear {
    fn console(&mut self, bytes: &[u8]) {
        let mut console = self.console.lock().expect("nobody panics with it");
        console.extend_from_slice(bytes);
        if let Some(until) = self.until {
            if console
                .windows(until.len())
                .any(|text| text == until.as_bytes())
            {
                self.stop.store(true, Ordering::Release);
            }
        }
    }

    fn note(&mut self, text: &str) {
        println!("[emulator] {text}");
    }
}

impl Board {
    /// A board with this in flash, or `None` without esptool.
    fn with_flash(version: Esptool, name: &str, contents: &[u8]) -> Option<Board> {
        let esptool = version.judge()?;
        let bench = BENCH.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = std::env::temp_dir().join(format!(
            "d1-ota-esptool-{name}-{version:?}-{}",
            std::process::id()
        ));
        fs::create_dir_all(&directory).expect("the temporary directory is writable");
        let board = Board {
            directory,
            version,
            esptool,
            rom: None,
            _bench: bench,
        };
        fs::write(board.path("flash.bin"), contents).expect("the work directory is writable");
        Some(board)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn flash(&self) -> Vec<u8> {
        fs::read(self.path("flash.bin")).expect("the board has flash")
    }

    fn switch_on(&self, uart: UartAccess, strap: Strap, until: Option<&'static str>) -> Running {
        let options = Options {
            uart: Some(uart),
            strap,
            rom: self.rom.clone(),
            fast: true,
            max_cycles: until.map(|_| LAST_CYCLE),
            ..Options::new(self.path("flash.bin"))
        };
        let stop = Arc::new(AtomicBool::new(false));
        let console = Arc::new(Mutex::new(Vec::new()));
        let ear = Ear {
            console: console.clone(),
            until,
            stop: stop.clone(),
        };
        let board = Background::start(options, stop, ear).expect("the board can be switched on");
        Running { board, console }
    }

    /// One command to a board that was switched on with GPIO0 held low.
    fn ask(&self, arguments: &[&str]) -> String {
        self.ask_through(UartAccess::Terminal, arguments)
    }

    fn ask_through(&self, uart: UartAccess, arguments: &[&str]) -> String {
        let running = self.switch_on(uart, Strap::Uart, None);
        let said = self.command(running.port(), arguments);
        running.switch_off();
        said
    }

    /// The same, with a last command that makes the board boot; what the console shows then.
    fn boot(&self, arguments: &[&str]) -> String {
        let running = self.switch_on(UartAccess::Tcp(0), Strap::Uart, Some("user1 @ 0x1000"));
        self.command(running.port(), arguments);
        running.until_it_stops()
    }

    fn command(&self, port: &str, arguments: &[&str]) -> String {
        let fixed: &[&str] = &["--chip", "esp8266", "--port", port];
        let words = fixed.iter().chain(arguments);
        self.esptool.ask(words.map(|word| self.version.say(word)))
    }

    fn put_away(self) {
        fs::remove_dir_all(self.directory).expect("the work directory can be removed");
    }
}

impl Running {
    /// How esptool gets there.
    fn port(&self) -> &str {
        self.board.uart().expect("it was asked for")
    }

    /// What the console showed.
    fn switch_off(self) -> String {
        shown(self.board.switch_off(), &self.console)
    }

    /// The same, once it has shown what it was to stop at.
    fn until_it_stops(self) -> String {
        shown(self.board.until_it_stops(), &self.console)
    }
}

fn shown(ending: Result<Ending, Problem>, console: &Mutex<Vec<u8>>) -> String {
    let ending = ending.expect("the flash file can be written");
    let console = console.lock().expect("nobody panics with it");
    let text = String::from_utf8_lossy(&console).into_owned();
    assert_eq!(ending, Ending::Stopped, "{text}");
    text
}

/// What somebody's board came with: something different in each sector, some of it incompressible.
fn factory_contents() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(8266);
    let mut contents = vec![0xFF; 0x40_0000];
    for (number, sector) in contents.chunks_exact_mut(0x1000).enumerate() {
        sector[..4].copy_from_slice(&(number as u32).to_le_bytes());
    }
    random.fill(&mut contents[0x7_8000..0x7_C000]);
    contents
}

fn image(name: &str) -> PathBuf {
    image_directory().join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths are UTF-8")
}

/// What somebody does who tries our firmware and goes back.
fn backup_flash_browse_restore(version: Esptool) {
    let factory = factory_contents();
    let Some(board) = Board::with_flash(version, "story", &factory) else {
        return;
    };
    let (boot, user1) = (image("boot.bin"), image("user1.bin"));
    let backup = board.path("backup.bin");

    let said = board.ask_through(UartAccess::Tcp(0), &["flash_id"]);
    for line in version.portrait() {
        assert!(said.contains(line), "{line:?} is not in {said}");
    }

    let read = ["read_flash", "--no-progress", "0", FLASH_LEN, text(&backup)];
    board.ask(&[&["--baud", READ_BAUD], &read[..]].concat());
    let saved = fs::read(&backup).expect("esptool wrote the backup");
    assert!(saved == factory, "the backup differs");

    board.ask(&["erase_flash"]);
    assert!(board.flash().iter().all(|byte| *byte == 0xFF));

    let write = ["write_flash", "0x0", text(&boot), "0x1000", text(&user1)];
    let said = board.ask(&[&["--baud", BAUD], &write[..]].concat());
    assert_eq!(said.matches("Hash of data verified").count(), 2, "{said}");
    if let Esptool::Newest = version {
        // What its stub does from here on is not judged yet.
        return board.put_away();
    }
    let verify = ["verify_flash", "0x0", text(&boot), "0x1000", text(&user1)];
    let said = board.ask(&verify);
    assert_eq!(said.matches(version.verified()).count(), 2, "{said}");

    // What `run` means to the stub; the reset it ends with has no wire here.
    let console = board.boot(&["--after", "soft_reset", "read_mac"]);
    assert!(console.contains("user1 @ 0x1000"), "{console}");
    let page = Bench::boot(&board.flash(), Server::absent()).page();
    assert!(page.contains("user1"), "{page}");

    let restore = ["write_flash", "0x0", text(&backup)];
    board.ask(&[&["--baud", BAUD], &restore[..]].concat());
    let restored = board.flash();
    assert!(restored == factory, "the restored flash differs");

    board.ask(&["erase_region", "0x3000", "0x2000"]);
    let erased = board.flash();
    assert!(erased[0x3000..0x5000].iter().all(|byte| *byte == 0xFF));
    assert!(erased[..0x3000] == restored[..0x3000]);
    assert!(erased[0x5000..] == restored[0x5000..]);
    board.put_away();
}

#[test]
fn a_board_is_backed_up_flashed_browsed_and_restored() {
    backup_flash_browse_restore(Esptool::Four);
}

#[test]
fn the_newest_esptool_backs_up_erases_and_flashes_with_its_own_stub() {
    backup_flash_browse_restore(Esptool::Newest);
}

fn flash_without_stub(version: Esptool) {
    let Some(board) = Board::with_flash(version, "no-stub", &vec![0; 0x40_0000]) else {
        return;
    };
    let (boot, user1) = (image("boot.bin"), image("user1.bin"));
    let said = board.ask(&["--no-stub", "read_mac"]);
    assert!(said.contains("5c:cf:7f:dd:ee:aa"), "{said}");
    let write = ["write_flash", "0x0", text(&boot), "0x1000", text(&user1)];
    board.ask(&[&["--no-stub"], &write[..]].concat());
    // The stub writes uncompressed, too.
    board.ask(&["write_flash", "-u", "0x0", text(&boot)]);
    let console = board.boot(&["--no-stub", "run"]);
    assert!(console.contains("user1 @ 0x1000"), "{console}");
    board.put_away();
}

#[test]
fn a_board_is_flashed_without_the_stub() {
    flash_without_stub(Esptool::Four);
}

#[test]
fn the_newest_esptool_flashes_without_the_stub() {
    flash_without_stub(Esptool::Newest);
}

#[test]
fn esptool_gets_along_with_the_chips_own_mask_rom() {
    let Some(rom) = mask_rom_path() else { return };
    let Some(mut board) = Board::with_flash(Esptool::Four, "mask-rom", &vec![0; 0x40_0000]) else {
        return;
    };
    board.rom = Some(rom);
    let (boot, user1) = (image("boot.bin"), image("user1.bin"));
    let said = board.ask(&["flash_id"]);
    assert!(said.contains("Stub running"), "{said}");
    assert!(said.contains("Detected flash size: 4MB"), "{said}");
    // The ROM's own loader erases (one sector too many: the next), writes and reads back.
    board.ask(&["--no-stub", "write_flash", "0x0", text(&boot)]);
    assert!(board.flash()[0x1000..0x2000]
        .iter()
        .all(|byte| *byte == 0xFF));
    board.ask(&["write_flash", "0x1000", text(&user1)]);
    let said = board.ask(&["verify_flash", "0x0", text(&boot), "0x1000", text(&user1)]);
    assert_eq!(said.matches("verify OK").count(), 2, "{said}");
    let console = board.boot(&["--after", "soft_reset", "read_mac"]);
    assert!(console.contains("user1 @ 0x1000"), "{console}");
    board.put_away();
}

fn reset_by_dtr_and_rts(version: Esptool) {
    let flash = fs::read(image("flash.bin")).expect("`cargo xtask build` makes the images");
    let Some(board) = Board::with_flash(version, "rfc2217", &flash) else {
        return;
    };
    // Off when the firmware has started after the reset that esptool ends with: the console shows
    // the line a first time at power-on, so it is the strap that tells.
    let running = board.switch_on(UartAccess::Rfc2217(0), Strap::Flash, None);
    let port = running.port();
    let said = board.command(port, &["--after", "hard_reset", "chip_id"]);
    assert!(said.contains("0x00ddeeaa"), "{said}");
    // The next session finds the board in its firmware and resets it again.
    let said = board.command(port, &["--no-stub", "read_mac"]);
    assert!(said.contains("5c:cf:7f:dd:ee:aa"), "{said}");
    let console = running.switch_off();
    let mode = |text| {
        console
            .rfind(text)
            .unwrap_or_else(|| panic!("{text}: {console}"))
    };
    assert_eq!(console.matches("boot mode:(1,6)").count(), 2, "{console}");
    assert!(mode("rst cause:2, boot mode:(3,6)") > mode("boot mode:(1,6)"));
    board.put_away();
}

#[test]
fn dtr_and_rts_reset_the_board_into_download_mode_and_back() {
    reset_by_dtr_and_rts(Esptool::Four);
}

#[test]
fn the_newest_esptool_resets_the_board_by_dtr_and_rts() {
    reset_by_dtr_and_rts(Esptool::Newest);
}
