//! A D1 mini on this machine: the emulator, its flash file, and the host's ports.
//!
//! The emulator knows neither files nor sockets nor the wall clock; this module gives it all
//! three. It runs the board in short slices, never ahead of real time while somebody outside
//! listens, and writes the flash chip's contents back to its file.

mod auto_reset;
mod background;
mod crash;
mod debugger;
mod desk;
mod flash_file;
mod pace;
mod rfc2217;
#[cfg_attr(not(unix), path = "no_terminal.rs")]
mod terminal;
mod trace;
mod uart;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use d1_emulator::air::forward::Forwards;
use d1_emulator::air::{StationConfig, StationId};
use d1_emulator::board::{Config, Machine, Stop, Strap};
use d1_emulator::rom::dump::Dump;
use d1_emulator::time::Time;
use nor_model::{Chip, CutPoint};

use crate::problem::Problem;
use crate::symbols::Symbols;
pub use background::Background;
use debugger::DebuggerPort;
use desk::Desk;
use flash_file::FlashFile;
use pace::Pace;
use trace::Trace;
pub use uart::UartAccess;
use uart::UartPort;

/// Emulated time between two looks at the host's sockets and the flash file.
const SLICE: Time = Time::from_micros(1_000);
/// Real time between two looks at a silent UART port when nothing else can happen.
const PAUSE: Duration = Duration::from_micros(200);
/// A core cycle at 160 MHz, the fastest, in picoseconds.
const SHORTEST_CYCLE: u64 = 6_250;
/// From a forwarded page port to the port of the update trigger.
const TRIGGER_DISTANCE: u16 = 8;

/// The board and what it is connected to.
#[derive(Clone, Debug)]
pub struct Options {
    /// The flash chip's contents; written back at the end.
    pub flash: PathBuf,
    /// The flash chip; without it, what the file's length says.
    pub chip: Option<Chip>,
    /// Which of the data sheet's times the flash chip takes.
    pub flash_timing: nor_model::Pace,
    /// Write the file after each slice that changed flash, not only at the end.
    pub write_through: bool,
    /// The port on 127.0.0.1 that leads to the device's port 80; 8 above it to port 88.
    pub listen: Option<u16>,
    /// Where the device's connections to port 8888 go, as HOST:PORT.
    pub server: String,
    /// How programs on this host get at UART0.
    pub uart: Option<UartAccess>,
    /// The port on 127.0.0.1 for a debugger; with it, the core is held at reset.
    pub gdb: Option<u16>,
    /// ELF files of what runs on the board: with them, reports name functions and lines.
    pub elf: Vec<PathBuf>,
    /// Write every instruction to this file.
    pub trace: Option<PathBuf>,
    /// A dump of the chip's mask ROM to execute instead of the emulator's own.
    pub rom: Option<PathBuf>,
    /// How the strapping pins are held.
    pub strap: Strap,
    /// Never wait for real time to catch up, whoever is connected.
    pub fast: bool,
    /// End after that many core cycles.
    pub max_cycles: Option<u64>,
    /// Cut the power inside that program or erase of flash (1 is the first).
    pub cut_power_at: Option<u64>,
    /// Write every frame on the air to this file.
    pub pcap: Option<PathBuf>,
    /// The passphrase that the station behind `listen` knows; without one it joins open networks.
    pub psk: Option<String>,
    /// Tell what the board's LED does, too.
    pub verbose: bool,
    /// Where all chance in the board and the air comes from.
    pub seed: u64,
}

impl Options {
    /// A board on that flash file, connected to nothing.
    pub fn new(flash: impl Into<PathBuf>) -> Options {
        Options {
            flash: flash.into(),
            chip: None,
            flash_timing: nor_model::Pace::Typical,
            write_through: false,
            listen: None,
            server: format!("127.0.0.1:{}", crate::serve::PORT),
            uart: None,
            gdb: None,
            elf: Vec::new(),
            trace: None,
            rom: None,
            strap: Strap::Flash,
            fast: false,
            max_cycles: None,
            cut_power_at: None,
            pcap: None,
            psk: None,
            verbose: false,
            seed: 0,
        }
    }
}

/// Why the board stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was told to.
    Stopped,
    /// All cycles are used up.
    Cycles,
    /// The planned power cut struck.
    PowerCut,
}

/// Someone who hears what the board says and what the emulator has to tell.
pub trait Audience {
    /// Bytes the device sent on UART0.
    fn console(&mut self, bytes: &[u8]);
    /// Something the user should know.
    fn note(&mut self, text: &str);
}

/// A board with power on.
pub struct Emulation {
    machine: Machine,
    flash: FlashFile,
    write_through: bool,
    verbose: bool,
    forwards: Option<(Forwards, StationId)>,
    page_port: Option<u16>,
    uart: Option<UartPort>,
    debugger: Option<DebuggerPort>,
    symbols: Symbols,
    trace: Option<Trace>,
    max_cycles: Option<u64>,
    paced: bool,
    announced: bool,
    hung_at: Option<u32>,
}

impl Emulation {
    /// Opens the flash file and all ports, and switches the board on.
    ///
    /// # Errors
    ///
    /// [`Problem`] when a file or port is not to be had.
    pub fn start(options: &Options) -> Result<Emulation, Problem> {
        let (flash, mut nor) = FlashFile::open(&options.flash, options.chip)?;
        nor.set_seed(options.seed);
        nor.set_pace(options.flash_timing);
        if let Some(number) = options.cut_power_at {
            nor.cut_power_at(number, CutPoint::Inside);
        }
        let symbols = Symbols::open(&options.elf)?;
        if options.trace.is_some() && options.gdb.is_some() {
            return Err(
                Problem::new("a core that is traced cannot be held by a debugger")
                    .with_help("choose --trace or --gdb"),
            );
        }
        let trace = options.trace.as_deref().map(Trace::create).transpose()?;
        let uart = options
            .uart
            .map(|access| UartPort::bind(access, options.strap))
            .transpose()?;
        let debugger = options.gdb.map(DebuggerPort::bind).transpose()?;
        let console_baud = match &uart {
            // A program at the other end, esptool for one, changes the speed as it goes.
            Some(_) => None,
            None => Config::default().console_baud,
        };
        let config = Config {
            seed: options.seed,
            strap: options.strap,
            console_baud,
            ..Config::default()
        };
        let mut machine = Machine::new(config, nor);
        if let Some(path) = &options.rom {
            machine.use_rom(read_rom(path)?);
        }
        if debugger.is_some() {
            machine.halt();
        }
        if let Some(path) = &options.pcap {
            let file = File::create(path).map_err(|error| Problem::file("create", path, &error))?;
            machine
                .air()
                .capture(Box::new(file))
                .map_err(|error| Problem::file("write", path, &error))?;
        }
        let mut forwards = None;
        if let Some(port) = options.listen {
            let ports = bind_forwards(port, &options.server)?;
            let config = StationConfig {
                psk: options.psk.clone(),
                ..StationConfig::default()
            };
            forwards = Some((ports, machine.air().add_station(config)));
        }
        let connected = forwards.is_some() || uart.is_some() || debugger.is_some();
        Ok(Emulation {
            machine,
            flash,
            write_through: options.write_through,
            verbose: options.verbose,
            paced: !options.fast && (options.max_cycles.is_none() || connected),
            forwards,
            page_port: options.listen,
            uart,
            debugger,
            symbols,
            trace,
            max_cycles: options.max_cycles,
            announced: false,
            hung_at: None,
        })
    }

    /// The port on which UART0 is to be had, if there is one.
    pub fn uart_address(&self) -> Option<SocketAddr> {
        self.uart.as_ref().and_then(UartPort::address)
    }

    /// The terminal that is UART0, if one is.
    pub fn uart_terminal(&self) -> Option<&Path> {
        self.uart.as_ref().and_then(UartPort::terminal)
    }

    /// UART0 as `--port` takes it, if it is to be had: a terminal, or the URL of a socket.
    fn uart_name(&self) -> Option<String> {
        self.uart.as_ref().map(UartPort::name)
    }

    /// Where a debugger can connect, if anywhere.
    pub fn gdb_address(&self) -> Option<SocketAddr> {
        self.debugger.as_ref().map(DebuggerPort::address)
    }

    /// Runs until told to stop, then writes the flash file.
    ///
    /// # Errors
    ///
    /// [`Problem`] when the flash file cannot be written.
    pub fn run(
        mut self,
        stop: &AtomicBool,
        audience: &mut dyn Audience,
    ) -> Result<Ending, Problem> {
        let mut desk = Desk::new(audience);
        let ending = self.run_on(stop, &mut desk);
        desk.deliver();
        // Whatever ended the run, what the chip holds now is what the file has to hold.
        let saved = self.flash.save(self.machine.flash());
        let ending = ending?;
        saved.map(|()| ending)
    }

    fn run_on(&mut self, stop: &AtomicBool, audience: &mut Desk) -> Result<Ending, Problem> {
        let mut pace = Pace::starting_at(self.machine.now());
        let mut saved_generation = self.machine.flash().generation();
        if let Some(address) = self.gdb_address() {
            audience.note(&format!(
                "the core is held at reset; in gdb: target remote {address}"
            ));
        }
        if let Some(path) = self.uart_terminal() {
            audience.note(&format!("UART0 is {}", path.display()));
        }
        loop {
            if stop.load(Ordering::Acquire) {
                return Ok(Ending::Stopped);
            }
            let mut slice = SLICE;
            if let Some(max) = self.max_cycles {
                let left = max.saturating_sub(self.machine.cycles());
                if left == 0 {
                    return Ok(Ending::Cycles);
                }
                slice = slice.min(Time(left.saturating_mul(SHORTEST_CYCLE)));
            }
            if self.paced {
                pace.wait_for(self.machine.now() + slice);
            }
            let reason = self.run_slice(self.machine.now() + slice, audience);
            audience.turn(self.machine.now());
            self.listen_to_board(audience);
            self.poll_ports(audience);
            if let Some(debugger) = &mut self.debugger {
                debugger.attend(&reason, &mut self.machine, audience);
            }
            let generation = self.machine.flash().generation();
            if self.write_through && generation != saved_generation {
                saved_generation = generation;
                self.flash.save(self.machine.flash())?;
            }
            match reason {
                Stop::Deadline => self.hung_at = None,
                Stop::PowerCut => {
                    let number = self.machine.flash().operations();
                    audience.note(&format!("the power was cut at flash operation {number}"));
                    return Ok(Ending::PowerCut);
                }
                // With a program at the console's other end, what the core waits for may well come.
                Stop::Hung { .. } if self.uart.is_some() => self.pause(),
                Stop::Hung { pc } => self.note_hang(pc, audience),
                // The debugger knows.
                Stop::Halted | Stop::Stepped | Stop::Breakpoint | Stop::Watchpoint(_) => {}
            }
        }
    }

    fn run_slice(&mut self, deadline: Time, audience: &mut dyn Audience) -> Stop {
        let Some(trace) = &mut self.trace else {
            return self.machine.run_until(deadline);
        };
        let (stop, written) = trace.run(&mut self.machine, deadline, &self.symbols);
        if let Err(error) = written {
            audience.note(&format!("the trace ended: {error}"));
            self.trace = None;
        }
        stop
    }

    fn listen_to_board(&mut self, audience: &mut dyn Audience) {
        let said = self.machine.console();
        if let Some(uart) = &mut self.uart {
            uart.exchange(&said, &mut self.machine);
        }
        if !said.is_empty() {
            audience.console(&said);
        }
        for change in self.machine.take_led_changes() {
            if self.verbose {
                let state = if change.lit { "on" } else { "off" };
                let seconds = change.at.as_micros() as f64 / 1e6;
                audience.note(&format!("{seconds:.6} s: LED {state}"));
            }
        }
        for line in self.machine.log() {
            self.note_with_symbols(&line, audience);
        }
        for crash in self.machine.crashes() {
            let report = crash::report(&crash, &self.symbols);
            report.iter().for_each(|line| audience.note(line));
        }
        if let Some(error) = self.machine.air().capture_error() {
            audience.note(&format!("the capture of the air ended: {error}"));
        }
    }

    fn poll_ports(&mut self, audience: &mut dyn Audience) {
        let now = self.machine.now();
        let Some((forwards, id)) = &mut self.forwards else {
            return;
        };
        let station = self.machine.air().station(*id);
        forwards.poll(station, now);
        for line in forwards.log() {
            audience.note(&line);
        }
        let address = station.address();
        match (address, self.page_port) {
            (Some(address), Some(port)) if !self.announced => {
                let network = station.network().unwrap_or_default();
                audience.note(&format!("a station joined {network} and has {address}"));
                let port = if port == 80 {
                    String::new()
                } else {
                    format!(":{port}")
                };
                audience.note(&format!("open http://127.0.0.1{port}/"));
                self.announced = true;
            }
            (None, _) => self.announced = false,
            _ => {}
        }
    }

    /// Leaves the host to others while only they can go on; a paced run does that anyway.
    fn pause(&self) {
        if !self.paced {
            thread::sleep(PAUSE);
        }
    }

    fn note_hang(&mut self, pc: u32, audience: &mut dyn Audience) {
        if self.hung_at.replace(pc) != Some(pc) {
            let text = format!("the core waits at {pc:#010x} for something that will not come");
            self.note_with_symbols(&text, audience);
        }
    }

    /// Passes on what may have addresses of code in it.
    fn note_with_symbols(&self, text: &str, audience: &mut dyn Audience) {
        audience.note(text);
        for line in self.symbols.explain(text) {
            audience.note(&line);
        }
    }
}

fn read_rom(path: &Path) -> Result<Dump, Problem> {
    let bytes = std::fs::read(path).map_err(|error| Problem::file("read", path, &error))?;
    Dump::new(bytes).map_err(|error| {
        Problem::new(error.to_string())
            .about(&path.display())
            .with_help("esptool.py dump_mem 0x40000000 65536 FILE reads it out of a board")
    })
}

fn bind_forwards(port: u16, server: &str) -> Result<Forwards, Problem> {
    let Some(trigger_port) = port.checked_add(TRIGGER_DISTANCE) else {
        return Err(Problem::new(format!(
            "port {port} leaves no room for the port 8 above it"
        ))
        .with_help("choose a lower port with --listen"));
    };
    Forwards::bind(port, server).map_err(|error| {
        // Which of the two is taken, the error's text says; the advice is the same.
        let taken = match error.to_string().contains(&format!(":{trigger_port}:")) {
            true => trigger_port,
            false => port,
        };
        Problem::port(
            SocketAddr::from((Ipv4Addr::LOCALHOST, taken)),
            &error,
            "--listen",
        )
    })
}
