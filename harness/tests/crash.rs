//! What is reported of a guest that comes to grief.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use d1_emulator::board::crash::{Crash, Outcome};
use d1_emulator::board::{Config, Machine};
use d1_emulator::cpu::Cause;
use d1_emulator::time::Time;
use d1_harness::{Guest, Symbols};
use d1ota::board::{monitor, Port, Reset, CONSOLE_BAUD};
use d1ota::emulate::{Audience, Emulation, Options};
use nor_model::{Chip, Nor};

/// Where the guest's null-like pointer leads.
const NOWHERE: u32 = 0x10;

/// The one crash of the guest that is told to crash in a `way`.
fn crash(way: &[u8]) -> Crash {
    let guest = Guest::load("crash");
    let nor = Nor::new(Chip::W25Q32, &guest.flash).expect("the image fits");
    let mut machine = Machine::new(Config::default(), nor);
    let mut crashes = Vec::new();
    let mut console = String::new();
    while !console.contains("how?") {
        machine.run_until(machine.now() + Time::from_micros(1000));
        console += &String::from_utf8_lossy(&machine.console());
        assert!(machine.now() < Time::from_micros(5_000_000), "{console}");
    }
    machine.type_console(way);
    for _ in 0..3000 {
        machine.run_until(machine.now() + Time::from_micros(1000));
        crashes.extend(machine.crashes());
    }
    assert_eq!(crashes.len(), 1, "each is reported once");
    crashes.remove(0)
}

#[test]
fn load_from_nowhere_is_reported_with_the_way_there() {
    let crash = crash(b"l");
    assert_eq!(crash.outcome, Outcome::NoReturn);
    let taken = crash.exception.expect("it began with one");
    assert_eq!(
        (taken.cause, taken.excvaddr),
        (Cause::LoadProhibited, NOWHERE)
    );
    assert!(crash.registers.contains(&NOWHERE), "{crash}");
    // culprit, outer, main, and the start-up code that called it.
    assert!(crash.open_calls().len() >= 3, "{crash}");
    assert!(crash.last_calls().len() > 3, "{crash}");
}

#[test]
fn jump_to_nowhere_is_reported_with_the_call_that_made_it() {
    let crash = crash(b"j");
    let taken = crash.exception.expect("it began with one");
    assert_eq!((taken.cause, taken.pc), (Cause::FetchProhibited, NOWHERE));
    assert_eq!(crash.open_calls()[0].to, NOWHERE, "{crash}");
}

/// Types at the board, hears what there is to tell, and has it stopped when it knows enough.
struct Listener<'a> {
    notes: Vec<String>,
    stop: &'a AtomicBool,
}

impl Audience for Listener<'_> {
    fn console(&mut self, _: &[u8]) {}

    fn note(&mut self, text: &str) {
        self.notes.push(text.to_string());
        if text.starts_with("last calls") {
            self.stop.store(true, Ordering::Release);
        }
    }
}

#[test]
fn report_of_the_emulate_command_names_functions_and_lines() {
    let guest = Guest::load("crash");
    let name = format!("d1-ota-crash-{}.bin", std::process::id());
    let flash = std::env::temp_dir().join(name);
    std::fs::write(&flash, &guest.flash).expect("the temporary directory is writable");
    let stop = AtomicBool::new(false);
    let mut listener = Listener {
        notes: Vec::new(),
        stop: &stop,
    };
    let options = Options {
        elf: vec![guest.elf],
        max_cycles: Some(600_000_000),
        ..Options::new(&flash)
    };
    let emulation = Emulation::start(&options).expect("the board starts");
    emulation.run(&stop, &mut listener).expect("it runs");
    std::fs::remove_file(&flash).expect("the file can be removed");
    let notes = listener.notes.join("\n");
    for expected in [
        "crash: load prohibited (cause 28, excvaddr 0x00000010) at 0x402",
        "crash::culprit at ",
        "calls not returned from, innermost first:",
        "crash::culprit, called in crash::outer at ",
        "crash.rs:",
    ] {
        assert!(notes.contains(expected), "no {expected:?} in\n{notes}");
    }
}

/// Collects what the monitor shows, and ends it when it has explained something.
struct Screen<'a> {
    shown: String,
    stop: &'a AtomicBool,
}

impl Write for Screen<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.shown += &String::from_utf8_lossy(bytes);
        if self.shown.contains("crash.rs:") {
            self.stop.store(true, Ordering::Release);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn monitor_of_a_board_names_functions_and_lines_of_addresses_it_prints() {
    let elf = Guest::load("crash").elf;
    let outer = Symbols::of(&elf).address("main");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let board = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the monitor connects");
        // As our firmware reports an exception.
        let line =
            format!("exception 28: load prohibited\r\nEPC1 {outer:#010x} EXCVADDR 0x00000010\r\n");
        stream.write_all(line.as_bytes()).expect("it listens");
        stream
    });
    let stop = AtomicBool::new(false);
    let mut screen = Screen {
        shown: String::new(),
        stop: &stop,
    };
    let port = Port::new(format!("socket://{address}"));
    monitor(
        &port,
        CONSOLE_BAUD,
        &[elf],
        Reset::Leave,
        &stop,
        &mut screen,
    )
    .expect("it can listen");
    drop(board.join());
    let place = format!("{outer:#010x} is ");
    assert!(screen.shown.contains(&place), "{}", screen.shown);
    assert!(
        screen.shown.contains("main") && screen.shown.contains("crash.rs:"),
        "{}",
        screen.shown
    );
}
