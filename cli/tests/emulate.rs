//! The emulator's host side: flash file, UART port, session. The chip in it is erased: what real
//! firmware does in there is the end-to-end tests' business.

#[path = "../src/sample.rs"]
mod sample;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use d1_emulator::board::Strap;
use d1_image::{FlashMap, Slot};
use d1ota::emulate::{Audience, Emulation, Ending, Options, UartAccess};
use d1ota::session::Session;
use sample::Sample;
use tempfile::TempDir;

/// Cycles in which the boot ROM prints its banner and looks at flash.
const BOOT_CYCLES: u64 = 20_000_000;

/// Hears everything.
#[derive(Default)]
struct Ear {
    console: Vec<u8>,
    notes: Vec<String>,
}

impl Ear {
    fn console(&self) -> String {
        String::from_utf8_lossy(&self.console).into_owned()
    }
}

impl Audience for Ear {
    fn console(&mut self, bytes: &[u8]) {
        self.console.extend_from_slice(bytes);
    }

    fn note(&mut self, text: &str) {
        self.notes.push(text.to_string());
    }
}

fn flash_file(content: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flash.bin");
    std::fs::write(&path, content).unwrap();
    (directory, path)
}

fn run(options: &Options) -> (Ending, Ear) {
    let mut ear = Ear::default();
    let emulation = Emulation::start(options).unwrap();
    let ending = emulation.run(&AtomicBool::new(false), &mut ear).unwrap();
    (ending, ear)
}

#[test]
fn same_seed_gives_the_same_console() {
    let (_directory, flash) = flash_file(b"");
    let options = Options {
        max_cycles: Some(BOOT_CYCLES),
        seed: 9,
        ..Options::new(flash)
    };
    let (ending, first) = run(&options);
    assert_eq!(ending, Ending::Cycles);
    assert!(
        first.console().contains("rst cause:1"),
        "{}",
        first.console()
    );
    assert_eq!(run(&options).1.console, first.console);
}

#[test]
fn uart_strap_shows_in_the_banner() {
    let (_directory, flash) = flash_file(b"");
    let options = Options {
        max_cycles: Some(BOOT_CYCLES),
        strap: Strap::Uart,
        ..Options::new(flash)
    };
    let console = run(&options).1.console();
    assert!(console.contains("boot mode:(1,"), "{console}");
}

#[test]
fn run_that_is_told_to_stop_leaves_a_whole_flash_file() {
    let (_directory, flash) = flash_file(b"partial");
    let emulation = Emulation::start(&Options::new(&flash)).unwrap();
    let ending = emulation
        .run(&AtomicBool::new(true), &mut Ear::default())
        .unwrap();
    assert_eq!(ending, Ending::Stopped);
    let content = std::fs::read(&flash).unwrap();
    assert_eq!(content.len(), 0x40_0000);
    assert!(content.starts_with(b"partial"));
}

#[test]
fn uart_port_carries_the_console_and_hears_what_is_typed() {
    let (_directory, flash) = flash_file(b"");
    let emulation = Emulation::start(&Options {
        uart: Some(UartAccess::Tcp(0)),
        ..Options::new(flash)
    })
    .unwrap();
    let address = emulation.uart_address().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let program = std::thread::spawn({
        let stop = StopWhenDropped(stop.clone());
        move || {
            let _stop = stop;
            let mut terminal = connect(address);
            terminal.write_all(b"\r\n").unwrap();
            read_until(&mut terminal, "rst cause:1");
            // A program that leaves must not end the board; the next one gets the line.
            drop(terminal);
            connect(address).write_all(b"x").unwrap();
        }
    });
    emulation.run(&stop, &mut Ear::default()).unwrap();
    program.join().unwrap();
}

#[test]
fn debuggers_come_and_go_and_the_board_runs_on() {
    let (_directory, flash) = flash_file(b"");
    let emulation = Emulation::start(&Options {
        uart: Some(UartAccess::Tcp(0)),
        gdb: Some(0),
        ..Options::new(flash)
    })
    .unwrap();
    let (console, port) = (
        emulation.uart_address().unwrap(),
        emulation.gdb_address().unwrap(),
    );
    let stop = Arc::new(AtomicBool::new(false));
    let program = std::thread::spawn({
        let stop = StopWhenDropped(stop.clone());
        move || {
            let _stop = stop;
            let mut console = connect(console);
            // Hangs up without a word: the core, held so far, runs.
            read_until(&mut ask(port, b"$?#3f"), "T05");
            read_until(&mut console, "rst cause:1");
            // Sends what is not the protocol, and is thrown out.
            let mut end = Vec::new();
            ask(port, b"GET / HTTP/1.1\r\n\r\n$m#6d")
                .read_to_end(&mut end)
                .unwrap();
            // Is welcome all the same.
            read_until(&mut ask(port, b"$?#3f"), "T05");
            ask(port, b"$k#6b").read_to_end(&mut end).unwrap();
        }
    });
    let mut ear = Ear::default();
    emulation.run(&stop, &mut ear).unwrap();
    program.join().unwrap();
    for note in [
        "held at reset; in gdb: target remote 127.0.0.1:",
        "holds the core at 0x40000080",
        "hung up; the core runs",
        "not gdb's protocol",
        "asked to kill the program; the core runs",
    ] {
        assert!(
            ear.notes.iter().any(|line| line.contains(note)),
            "{note:?} is not in {:?}",
            ear.notes
        );
    }
}

fn ask(port: SocketAddr, packet: &[u8]) -> TcpStream {
    let mut stream = connect(port);
    stream.write_all(packet).unwrap();
    stream
}

fn read_until(stream: &mut TcpStream, text: &str) {
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(text) {
        let mut bytes = [0; 256];
        let count = stream.read(&mut bytes).unwrap();
        assert_ne!(count, 0, "the port closed after {heard:?}");
        heard.extend_from_slice(&bytes[..count]);
    }
}

#[test]
fn garbage_on_a_serial_port_stops_nothing() {
    /// RFC 2217: SET_CONTROL with RTS on, then off.
    const PRESS_RESET: &[u8] = b"\xFF\xFA\x2C\x05\x0B\xFF\xF0\xFF\xFA\x2C\x05\x0C\xFF\xF0";
    let (_directory, flash) = flash_file(b"");
    let emulation = Emulation::start(&Options {
        uart: Some(UartAccess::Rfc2217(0)),
        strap: Strap::Uart,
        fast: true,
        ..Options::new(flash)
    })
    .unwrap();
    let port = emulation.uart_address().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let program = std::thread::spawn({
        let stop = StopWhenDropped(stop.clone());
        move || {
            let _stop = stop;
            let garbage: Vec<u8> = (0..100_000u32)
                .map(|n| (n.wrapping_mul(n) >> 3) as u8)
                .collect();
            // The board may hang up or not; the next program is served all the same.
            let _ = connect(port).write_all(&garbage);
            let mut terminal = connect(port);
            terminal.write_all(PRESS_RESET).unwrap();
            read_until(&mut terminal, "rst cause:2, boot mode:(1,6)");
        }
    });
    emulation.run(&stop, &mut Ear::default()).unwrap();
    program.join().unwrap();
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    // Only an emulator that is broken keeps a test waiting that long.
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// Ends the board when the thread at its other end is done, or has failed.
struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn capture_of_the_air_is_a_pcap_file() {
    let (directory, flash) = flash_file(b"");
    let pcap = directory.path().join("air.pcap");
    let options = Options {
        max_cycles: Some(1_000),
        pcap: Some(pcap.clone()),
        ..Options::new(flash)
    };
    run(&options);
    let content = std::fs::read(pcap).unwrap();
    assert_eq!(content[..4], 0xA1B2_C3D4u32.to_le_bytes());
    assert_eq!(content[20..24], 127u32.to_le_bytes(), "link type radiotap");
}

/// A session on an erased chip, with the ELFs of both slots in `directory`.
fn session(directory: &Path, flash: &Path) -> Session {
    for slot in Slot::ALL {
        let elf = Sample::for_slot(FlashMap::M1, slot).emit();
        std::fs::write(directory.join(format!("{}.elf", slot.name())), elf).unwrap();
    }
    Session {
        server_port: 0,
        ..Session::new(flash, directory)
    }
}

#[test]
fn session_serves_images_while_the_device_runs() {
    let (directory, flash) = flash_file(b"");
    let ready = session(directory.path(), &flash).open().unwrap();
    assert!(
        ready.url().starts_with("http://127.0.0.1"),
        "{}",
        ready.url()
    );
    let address = ready.server_address();
    let stop = Arc::new(AtomicBool::new(false));
    let device = std::thread::spawn({
        let stop = StopWhenDropped(stop.clone());
        move || {
            let _stop = stop;
            let mut stream = connect(address);
            stream
                .write_all(b"GET /user2.bin HTTP/1.0\r\n\r\n")
                .unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            answer
        }
    });
    assert_eq!(ready.run(&stop).unwrap(), Ending::Stopped);
    assert!(device.join().unwrap().starts_with(b"HTTP/1.1 200 OK"));
    assert_eq!(std::fs::read(&flash).unwrap().len(), 0x40_0000);
}

#[test]
fn session_with_a_bad_image_never_starts() {
    let (directory, flash) = flash_file(b"");
    let session = session(directory.path(), &flash);
    std::fs::write(directory.path().join("user2.elf"), b"<html>").unwrap();
    let problem = session.open().err().unwrap();
    assert!(problem.message().contains("user2.elf"), "{problem}");
}
