//! A D1 mini: the chip, its flash, its straps, its power switch and reset button.
//!
//! [`Machine`] is what everything outside the emulator holds. It owns no timing of
//! its own: it runs the core to the next device event, lets the devices act,
//! drives the interrupt lines and skips time nobody uses. The same seed, flash and
//! input give the same run, to the cycle.

pub mod crash;
pub mod debug;
pub mod pins;
mod sleep;
pub mod trace;

use crate::air::Air;
use crate::bus::flash::Flash;
use crate::bus::map::WINDOW;
use crate::bus::{Bus, SystemBus};
use crate::cpu::exception::vector;
use crate::cpu::interrupt::{NMI_MASK, TIMER_MASK};
use crate::cpu::special::{ps, Special};
use crate::cpu::{Cause, Cpu, Exit, Taken, Watchpoint};
pub use crate::periph::gpio::LedChange;
use crate::periph::rng::Rng;
use crate::periph::rtc::{ResetCause, Sleep};
use crate::periph::Surroundings;
use crate::rom::dump::Dump;
use crate::rom::{Progress, Rom};
use crate::time::Time;
use crate::wdev::Wdev;
use crash::Crash;
use debug::Control;
use nor_model::Nor;

/// Baud rate of the console from reset on: 115200 at 80 MHz, run at 52 MHz (hardware facts 3.2).
pub const CONSOLE_BAUD: u32 = 74_880;

/// How the strapping pins are held at reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strap {
    /// GPIO0 high, GPIO2 high, GPIO15 low: boot from flash.
    #[default]
    Flash,
    /// GPIO0 low: the ROM waits for a download over UART0.
    Uart,
}

impl Strap {
    /// The first number of the banner's boot mode: GPIO15, GPIO0, GPIO2.
    fn boot_mode(self) -> u32 {
        match self {
            Strap::Flash => 3,
            Strap::Uart => 1,
        }
    }
}

/// What is soldered, and what is left to chance.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Station MAC address in the efuses; the soft-AP's differs by Espressif's rule.
    pub mac: [u8; 6],
    /// Everything random comes from here: RAM at power-on, the random word.
    pub seed: u64,
    /// Strapping pins.
    pub strap: Strap,
    /// Baud rate the terminal on UART0 is set to; `None` follows whatever the guest sets up.
    pub console_baud: Option<u32>,
    /// A wire from D0 (GPIO16) to RST, which lets the chip wake from a deep sleep.
    pub d0_to_reset: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            mac: [0x5C, 0xCF, 0x7F, 0xDD, 0xEE, 0xAA],
            seed: 0,
            strap: Strap::Flash,
            console_baud: Some(CONSOLE_BAUD),
            d0_to_reset: false,
        }
    }
}

/// Why [`Machine::run_until`] returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The deadline has come.
    Deadline,
    /// A planned power cut struck: the board is dark until [`Machine::power_cycle`].
    PowerCut,
    /// Nothing inside the board will ever happen again; only the reset button, power or the
    /// console can change that. Time has gone to the deadline all the same.
    Hung {
        /// Where the core stands.
        pc: u32,
    },
    /// A debugger holds the core ([`Machine::halt`]): time stands still.
    Halted,
    /// The step a debugger asked for is done; it holds the core again.
    Stepped,
    /// A breakpoint is where the core stands; the debugger holds it again.
    Breakpoint,
    /// The core is about to make an access that a watchpoint is for (a routine of the mask ROM
    /// has made it); the debugger holds it again.
    Watchpoint(Watchpoint),
}

/// A running board.
pub struct Machine {
    cpu: Cpu,
    bus: SystemBus,
    rom: Rom,
    control: Control,
    /// The reset pin is low.
    held_in_reset: bool,
    d0_to_reset: bool,
    asleep: Option<Sleep>,
    violations_reported: usize,
    crashes: Vec<Crash>,
    /// The cycle of the last exception that was reported as a crash while it was being handled.
    fault_reported_at: Option<u64>,
}

impl Machine {
    /// A board with this flash chip, power just applied.
    pub fn new(config: Config, flash: Nor) -> Machine {
        let surroundings = Surroundings {
            mac: config.mac,
            boot_mode: config.strap.boot_mode(),
            console_baud: config.console_baud,
        };
        let mut noise = Rng::new(config.seed);
        let wdev = Wdev::new(Air::new(noise.next_u64()), noise.next_u64());
        let bus = SystemBus::powered_up(surroundings, Flash::new(flash), wdev, noise);
        Machine {
            cpu: Cpu::new(),
            bus,
            rom: Rom::default(),
            control: Control::Run,
            held_in_reset: false,
            d0_to_reset: config.d0_to_reset,
            asleep: None,
            violations_reported: 0,
            crashes: Vec::new(),
            fault_reported_at: None,
        }
    }

    /// Has the core execute this copy of the mask ROM from now on, instead of the
    /// re-implementation. For a board that has not run yet.
    pub fn use_rom(&mut self, dump: Dump) {
        self.bus.set_dump(dump);
    }

    /// Runs until `deadline` or until there is nothing to run.
    pub fn run_until(&mut self, deadline: Time) -> Stop {
        loop {
            if self.control == Control::Halt {
                return Stop::Halted;
            }
            if self.bus.flash.nor().power_lost() {
                return Stop::PowerCut;
            }
            if self.held_in_reset {
                return self.pass_in_reset(deadline);
            }
            if let Some(sleep) = self.asleep {
                match self.sleep_until(sleep, deadline) {
                    Some(stop) => return stop,
                    None => continue,
                }
            }
            self.bus.poll_devices();
            if let Some(cause) = self.bus.devices.take_reset() {
                if cause == ResetCause::Watchdog {
                    self.notice_watchdog();
                }
                self.reset(cause);
            }
            self.notice_crash_before_reset();
            self.notice_crash(false);
            self.drive_interrupts();
            if self.bus.now() >= deadline {
                return Stop::Deadline;
            }
            let event = self.bus.devices.next_event();
            let limit = self.bus.clock.cycle_at(event.min(deadline));
            self.bus.clear_attention();
            let before = self.bus.cycles();
            let slice = self.slice_end(limit);
            let exit = self.cpu.run(&mut self.bus, slice);
            let waiting = match exit {
                Exit::Rom(_) => {
                    let limit = slice.min(self.cpu.next_timer_cycle(self.bus.cycles()));
                    self.rom.step(&mut self.cpu, &mut self.bus, limit) == Progress::Waiting
                }
                Exit::Waiting => true,
                Exit::Deadline | Exit::Attention | Exit::Breakpoint(_) | Exit::Watchpoint => false,
            };
            self.fall_asleep();
            self.bus.journal.place(self.cpu.pc());
            let executed = !waiting && self.bus.cycles() > before;
            if let Some(stop) = self.debug_stop(exit, executed) {
                return stop;
            }
            if waiting && !self.skip_idle(limit) {
                self.notice_crash(true);
                return Stop::Hung { pc: self.cpu.pc() };
            }
        }
    }

    /// Skips to the next thing that can end a wait; `false` when there is none and
    /// time has gone to the deadline.
    fn skip_idle(&mut self, limit: u64) -> bool {
        let now = self.bus.cycles();
        let entering = if self.interrupts_are_open() {
            self.cpu.special(Special::Intenable, now)
        } else {
            0
        };
        if self.cpu.interrupt() & (entering | NMI_MASK) != 0 {
            return true;
        }
        let timer_wakes = entering & TIMER_MASK != 0;
        let wake = if timer_wakes {
            limit.min(self.cpu.next_timer_cycle(now))
        } else {
            limit
        };
        self.bus.advance(wake.saturating_sub(now));
        timer_wakes || self.bus.devices.next_event() != Time::NEVER
    }

    fn interrupts_are_open(&self) -> bool {
        self.cpu.special(Special::Ps, self.bus.cycles()) & (ps::INTLEVEL | ps::EXCM) == 0
    }

    fn drive_interrupts(&mut self) {
        let lines = self.bus.devices.levels();
        self.cpu.set_level_lines(lines);
        let edges = self.bus.devices.take_edges();
        if edges & NMI_MASK != 0 {
            self.cpu.set_nmi(false);
            self.cpu.set_nmi(true);
        }
        self.cpu.set_nmi(lines & NMI_MASK != 0);
        self.cpu.latch_edge(edges);
    }

    fn reset(&mut self, cause: ResetCause) {
        self.bus.reset(cause);
        self.restart_core();
    }

    fn restart_core(&mut self) {
        self.report_exceptions();
        self.asleep = None;
        self.cpu.reset(vector::RESET);
        self.rom.reset();
    }

    /// Takes the power away and gives it back: only flash and the world outside survive.
    pub fn power_cycle(&mut self) {
        self.bus.power_cycle();
        self.restart_core();
        // Nothing of the guest's.
        self.cpu.take_fault_before_reset();
    }

    /// Presses and releases the reset button.
    pub fn press_reset(&mut self) {
        self.reset(ResetCause::Pin);
        // Nothing of the guest's.
        self.cpu.take_fault_before_reset();
    }

    /// Pulls the reset pin low or lets go of it; the straps count when it is let go.
    pub fn hold_reset(&mut self, held: bool) {
        if self.held_in_reset != held {
            self.held_in_reset = held;
            self.reset(ResetCause::Pin);
            // Nothing of the guest's.
            self.cpu.take_fault_before_reset();
        }
    }

    /// Holds the strapping pins from now on; the chip looks at them in its next reset.
    pub fn set_strap(&mut self, strap: Strap) {
        self.bus.set_boot_mode(strap.boot_mode());
    }

    /// Time passes outside the chip only.
    fn pass_in_reset(&mut self, deadline: Time) -> Stop {
        let limit = self.bus.clock.cycle_at(deadline);
        self.bus.advance(limit.saturating_sub(self.bus.cycles()));
        self.bus.poll_devices();
        Stop::Deadline
    }

    /// Time since the board was first powered.
    pub fn now(&self) -> Time {
        self.bus.now()
    }

    /// Core cycles since the board was first powered.
    pub fn cycles(&self) -> u64 {
        self.bus.cycles()
    }

    /// Takes what UART0 has sent.
    pub fn console(&mut self) -> Vec<u8> {
        self.bus.devices.uart[0].take_heard()
    }

    /// Types at UART0's far end; bytes arrive at the terminal's baud rate.
    pub fn type_console(&mut self, bytes: &[u8]) {
        let now = self.bus.now();
        self.bus.devices.uart[0].type_bytes(bytes, now);
    }

    /// Bytes typed that have not arrived yet: the line is only so fast.
    pub fn typed_backlog(&self) -> usize {
        self.bus.devices.uart[0].typed_backlog()
    }

    /// The flash chip.
    pub fn flash(&self) -> &Nor {
        self.bus.flash.nor()
    }

    /// The flash chip, to plan power cuts and take violations.
    pub fn flash_mut(&mut self) -> &mut Nor {
        self.bus.flash.nor_mut()
    }

    /// Unsolders the flash chip.
    pub fn into_flash(self) -> Nor {
        self.bus.flash.into_nor()
    }

    /// The air around the antenna, and the stations in it.
    pub fn air(&mut self) -> &mut Air {
        self.bus.devices.air()
    }

    /// The core, to look at.
    pub fn cpu(&self) -> &Cpu {
        &self.cpu
    }

    /// Takes what UART1 has sent (GPIO2, the blue LED's pin; transmit only).
    pub fn second_console(&mut self) -> Vec<u8> {
        self.bus.devices.uart[1].take_heard()
    }

    /// Takes the reports, each made once: what is not modelled, what the guest should not have
    /// done to the chip or its flash, and which exceptions it ran into.
    pub fn log(&mut self) -> Vec<String> {
        self.report_exceptions();
        let violations = self.bus.flash.nor().violations();
        let new = violations
            .get(self.violations_reported..)
            .unwrap_or(violations);
        let new: Vec<String> = new
            .iter()
            .map(|violation| format!("flash: {violation}"))
            .collect();
        self.violations_reported = violations.len();
        let mut lines = self.bus.journal.drain();
        lines.extend(new);
        lines
    }

    /// Exceptions the core still remembers. A guest may well have meant them: a handler can
    /// emulate what faults. Ours does so for narrow loads from flash, all the time: those are no news.
    fn report_exceptions(&mut self) {
        let is_narrow = |taken: &&Taken| {
            !taken.double
                && taken.cause == Cause::LoadStoreError
                && WINDOW.contains(&taken.excvaddr)
        };
        for taken in self.cpu.exceptions().filter(|taken| !is_narrow(taken)) {
            self.bus.journal.once("exception", taken.pc, || {
                let (cause, pc, address) = (taken.cause.name(), taken.pc, taken.excvaddr);
                let a0 = taken.a0;
                let double = if taken.double {
                    ", inside an exception handler"
                } else {
                    ""
                };
                format!("exception at {pc:#010x}: {cause} (excvaddr {address:#010x}, a0 {a0:#010x}){double}")
            });
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
