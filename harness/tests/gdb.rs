//! A debugger at the firmware: real images, real DWARF, and gdb itself where it is installed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;

use addr2line::Loader;
use d1_emulator::board::debug::Register;
use d1_emulator::board::{Config, Machine, Stop};
use d1_emulator::time::Time;
use d1_harness::{image_directory, Images, Judge};
use d1ota::emulate::{Audience, Emulation, Options};
use nor_model::{Chip, Nor};
use object::{Object, ObjectSymbol};

/// Emulated time in which the firmware reaches its `main`.
const BOOT: Time = Time::from_micros(2_000_000);

fn address_of(elf: &Path, name: &str) -> u32 {
    let bytes = std::fs::read(elf).expect("`cargo xtask build` wrote it");
    let file = object::File::parse(&*bytes).expect("it is an ELF file");
    let mut symbols = file.symbols();
    let symbol = symbols.find(|symbol| symbol.name() == Ok(name));
    symbol.expect("the firmware has that symbol").address() as u32
}

#[test]
fn breakpoint_at_main_stops_at_a_line_of_rust() {
    let elf = image_directory().join("user1.elf");
    let nor = Nor::new(Chip::W25Q32, &Images::load().flash).expect("the image fits the chip");
    let mut machine = Machine::new(Config::default(), nor);
    let main = address_of(&elf, "main");
    machine.add_breakpoint(main);
    assert_eq!(machine.run_until(BOOT), Stop::Breakpoint);
    assert_eq!(machine.register(Register::Pc), main);

    let loader = Loader::new(&elf).expect("the firmware has debug information");
    let line = loader.find_location(main.into());
    let line = line.expect("it is readable").expect("main has a line");
    assert!(line.file.is_some_and(|file| file.ends_with("user1.rs")));
    assert!(line.line.is_some_and(|line| line > 0));
}

/// An image for the boot ROM: 16 zero bytes (the illegal instruction) at `address`, its entry.
fn illegal_instruction_at(address: u32) -> Vec<u8> {
    /// XOR of 0xEF and all bytes of the segment.
    const CHECKSUM: u8 = 0xEF;
    let mut image = vec![0xE9, 1, 2, 0];
    for word in [address, address, 16] {
        image.extend(word.to_le_bytes());
    }
    image.extend([0; 16]);
    image.resize(image.len() | 15, 0);
    image.push(CHECKSUM);
    image
}

#[test]
fn report_of_an_exception_names_the_function_it_struck() {
    let elf = image_directory().join("user1.elf");
    let reset = address_of(&elf, "Reset");
    let directory = Scratch::new("report");
    let flash = directory.0.join("flash.bin");
    std::fs::write(&flash, illegal_instruction_at(reset)).expect("the directory is writable");
    let emulation = Emulation::start(&Options {
        elf: vec![elf],
        max_cycles: Some(20_000_000),
        ..Options::new(&flash)
    });
    let mut notes = Notes::default();
    let run = emulation
        .expect("the file is to be had")
        .run(&AtomicBool::new(false), &mut notes);
    run.expect("the flash file can be written");
    let notes = notes.0.join("\n");
    let exception = format!("exception at {reset:#010x}: illegal instruction");
    let place = format!("{reset:#010x} is in Reset (user1.elf)");
    let found = notes.find(&exception).zip(notes.find(&place));
    assert!(found.is_some_and(|(first, then)| first < then), "{notes}");
}

#[test]
fn trace_names_functions_and_shows_what_instructions_did() {
    let directory = Scratch::new("trace");
    let (flash, trace) = (directory.0.join("flash.bin"), directory.0.join("trace"));
    std::fs::write(&flash, Images::load().flash).expect("the directory is writable");
    let emulation = Emulation::start(&Options {
        elf: vec![image_directory().join("boot.elf")],
        trace: Some(trace.clone()),
        max_cycles: Some(3_000_000),
        ..Options::new(&flash)
    });
    let run = emulation
        .expect("the files are to be had")
        .run(&AtomicBool::new(false), &mut Notes::default());
    run.expect("the flash file can be written");
    let text = std::fs::read_to_string(&trace).expect("the trace was written");
    assert!(
        text.lines().count() > 10_000,
        "{} lines",
        text.lines().count()
    );
    // The loader reads the handoff words in RTC memory, and calls functions of its own.
    assert!(text.contains(" -> "), "no load from a register");
    assert!(
        text.contains("\nboot::look:\n"),
        "no function of the loader"
    );
}

/// The arguments of a gdb that breaks at `main`, twice.
fn session(port: SocketAddr, elf: &Path) -> Vec<String> {
    let mut arguments = vec!["-nx".to_string(), "-batch".to_string()];
    let connect = format!("target remote {port}");
    for command in [
        "set remotetimeout 60",
        &connect,
        "break main",
        "continue",
        "stepi",
        "info registers",
        "monitor reset",
        "maintenance flush register-cache",
        "info registers pc",
        "continue",
        "detach",
    ] {
        arguments.extend(["-ex".to_string(), command.to_string()]);
    }
    arguments.push(elf.to_str().expect("paths are UTF-8").to_string());
    arguments
}

#[test]
fn gdb_breaks_at_main_and_shows_its_source_line() {
    let Some(gdb) = Judge::gdb() else {
        return;
    };
    let elf = image_directory().join("user1.elf");
    let directory = Scratch::new("gdb");
    let flash = directory.0.join("flash.bin");
    std::fs::write(&flash, Images::load().flash).expect("the temporary directory is writable");
    let emulation = Emulation::start(&Options {
        gdb: Some(0),
        // A firmware that never gets there must not keep the test.
        max_cycles: Some(2_000_000_000),
        ..Options::new(&flash)
    })
    .expect("ports and file are to be had");
    let port = emulation.gdb_address().expect("a port was asked for");
    let stop = Arc::new(AtomicBool::new(false));
    let debugger = thread::spawn({
        let stop = StopWhenDropped(stop.clone());
        move || {
            let _stop = stop;
            gdb.ask(session(port, &elf))
        }
    });
    let run = emulation.run(&stop, &mut Notes::default());
    run.expect("the flash file can be written");
    let said = debugger.join().expect("gdb is content");

    let stops = said.matches("Breakpoint 1, ").count();
    assert_eq!(stops, 2, "before and after the reset:\n{said}");
    assert!(said.contains("user1.rs:"), "no source line:\n{said}");
    assert!(said.contains("0x40000080"), "no reset:\n{said}");
}

/// Ends the board when gdb is done, or has failed.
struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Hears what the emulator has to tell.
#[derive(Default)]
struct Notes(Vec<String>);

impl Audience for Notes {
    fn console(&mut self, _: &[u8]) {}

    fn note(&mut self, text: &str) {
        self.0.push(text.to_string());
    }
}

/// A directory that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("d1-ota-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary directory is writable");
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
