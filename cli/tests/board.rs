//! What is done to a board, done to an emulated one: console, and the commands that use esptool.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;

use d1ota::board::{monitor, Port, Reset, CONSOLE_BAUD};
use d1ota::emulate::{Audience, Background, Options, UartAccess};

/// Collects what is said, and ends the monitor when enough is.
struct Ear<'a> {
    heard: Vec<u8>,
    until: &'a str,
    stop: &'a AtomicBool,
}

impl Write for Ear<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.heard.extend_from_slice(bytes);
        if String::from_utf8_lossy(&self.heard).contains(self.until) {
            self.stop.store(true, Ordering::Release);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens to a port until it has said `until`.
fn listen(port: &Port, elfs: &[std::path::PathBuf], until: &str) -> String {
    let stop = AtomicBool::new(false);
    let mut ear = Ear {
        heard: Vec::new(),
        until,
        stop: &stop,
    };
    monitor(port, CONSOLE_BAUD, elfs, Reset::Leave, &stop, &mut ear).unwrap();
    String::from_utf8_lossy(&ear.heard).into_owned()
}

struct Deaf;

impl Audience for Deaf {
    fn console(&mut self, _bytes: &[u8]) {}

    fn note(&mut self, text: &str) {
        println!("[emulator] {text}");
    }
}

/// An emulated board that nobody looks at but through its UART.
fn board(flash: &Path, uart: UartAccess) -> Background {
    let options = Options {
        uart: Some(uart),
        fast: true,
        ..Options::new(flash)
    };
    Background::start(options, Arc::default(), Deaf).expect("the board can be switched on")
}

#[test]
fn monitor_of_a_socket_shows_the_console_as_it_is() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = Port::new(format!("socket://{}", listener.local_addr().unwrap()));
    let board = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"build 1, user1 @ 0x1000\r\n").unwrap();
    });
    assert_eq!(
        listen(&port, &[], "0x1000\r\n"),
        "build 1, user1 @ 0x1000\r\n"
    );
    board.join().unwrap();
}

/// A board whose flash is erased starts again and again, and says so: it is heard from whenever one listens.
#[cfg(unix)]
#[test]
fn monitor_of_a_serial_port_hears_the_boot_rom() {
    let directory = tempfile::tempdir().unwrap();
    let flash = directory.path().join("flash.bin");
    fs::write(&flash, b"").unwrap();
    let board = board(&flash, UartAccess::Terminal);
    let heard = listen(&Port::new(board.uart().unwrap()), &[], "ets Jan  8 2013");
    assert!(heard.contains("ets Jan  8 2013"), "{heard}");
    board.switch_off().unwrap();
}

#[test]
fn port_that_is_not_there_is_named_before_esptool_is_looked_for() {
    for command in ["mac", "backup x.img", "restore x.img", "monitor"] {
        let mut words = command.split(' ');
        let output = Command::new(env!("CARGO_BIN_EXE_d1ota"))
            .args(words.next())
            .args(["--port", "/dev/tty-no-such-port"])
            .args(words)
            // Nowhere: an installation would fail.
            .env("D1OTA_HOME", "/dev/null/nowhere")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains("no serial port /dev/tty-no-such-port") && errors.contains("help:"),
            "{command}: {errors}"
        );
    }
}

/// Needs an esptool: the one that `cargo xtask setup --tests` installs beside the images.
#[test]
fn board_is_identified_backed_up_and_restored() {
    let images = std::env::var_os("D1_IMAGES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/d1"),
        std::path::PathBuf::from,
    );
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("home");
    fs::create_dir(&home).unwrap();
    #[cfg(unix)]
    if images.join("venv/requirements.txt").exists() {
        std::os::unix::fs::symlink(images.join("venv"), home.join("esptool")).unwrap();
    }
    if !home.join("esptool").exists() {
        println!("SKIPPED: no esptool; `cargo xtask setup --tests` installs it");
        return;
    }
    let flash = directory.path().join("flash.bin");
    let content: Vec<u8> = (0..0x8_0000_u32).map(|at| (at / 7) as u8).collect();
    fs::write(&flash, &content).unwrap();
    let board = board(&flash, UartAccess::Rfc2217(0));
    let d1ota = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_d1ota"))
            .args(&arguments[..1])
            .args(["--port", board.uart().unwrap()])
            .args(&arguments[1..])
            .env("D1OTA_HOME", &home)
            .current_dir(directory.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    };

    let (code, said) = d1ota(&["mac"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("D1-OTA-") && said.contains("512 KB"),
        "{said}"
    );

    let (code, said) = d1ota(&["backup", "--baud", "2000000", "backup.img"]);
    assert_eq!(code, Some(0), "{said}");
    let backup = directory.path().join("backup.img");
    assert!(fs::read(&backup).unwrap() == content, "the backup differs");
    let (code, said) = d1ota(&["backup", "backup.img"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("never overwritten"), "{said}");

    // Another board's: refused by size.
    fs::write(directory.path().join("long.img"), vec![0; 0x10_0000]).unwrap();
    let (code, said) = d1ota(&["restore", "long.img"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("1048576 bytes") && said.contains("524288"),
        "{said}"
    );

    let changed: Vec<u8> = content.iter().map(|byte| !byte).collect();
    fs::write(&backup, &changed).unwrap();
    let (code, said) = d1ota(&["restore", "--baud", "2000000", "backup.img"]);
    assert_eq!(code, Some(0), "{said}");
    board.switch_off().unwrap();
    assert!(fs::read(&flash).unwrap() == changed, "the flash differs");
}
