//! What a debugger can do to a board: hold its core, look, change, and let go.
//!
//! Knows no protocol. While the core is held, emulated time stands still, for the
//! devices and the air too: what the guest measures, a debugger cannot stretch.

use super::{Machine, Stop};
use crate::bus::Bus;
use crate::cpu::{Exit, Special, Watchpoint};
use core::ops::Range;

/// Who decides how far the core goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Nobody: it runs.
    Run,
    /// It executes until it is outside these addresses, one instruction at least.
    Step(Range<u32>),
    /// It is held.
    Halt,
}

/// A register, as a debugger names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// Address register 0 to 15.
    Address(u8),
    /// The next instruction's address.
    Pc,
    /// A special register.
    Special(Special),
}

impl Machine {
    /// Holds the core where it is.
    pub fn halt(&mut self) {
        self.control = Control::Halt;
    }

    /// True while the core is held.
    pub fn is_halted(&self) -> bool {
        self.control == Control::Halt
    }

    /// Lets the core run, past a breakpoint or watchpoint it may stand at.
    pub fn resume(&mut self) {
        self.cpu.skip_breakpoint();
        self.control = Control::Run;
    }

    /// Has the core execute until its pc is outside `within`, one instruction at least (an
    /// empty range: exactly one). The entry of an interrupt is a step, and so is a slice of a
    /// mask ROM routine; a wait is over before its step is.
    pub fn step(&mut self, within: Range<u32>) {
        self.cpu.skip_breakpoint();
        self.control = Control::Step(within);
    }

    /// Forgets all breakpoints and watchpoints, and lets the core run.
    pub fn release(&mut self) {
        self.cpu.clear_stops();
        self.control = Control::Run;
    }

    /// Stops before the instruction at `pc`, in RAM, flash or at the entry of a ROM routine.
    pub fn add_breakpoint(&mut self, pc: u32) {
        self.cpu.add_breakpoint(pc);
    }

    /// Undoes [`Machine::add_breakpoint`].
    pub fn remove_breakpoint(&mut self, pc: u32) {
        self.cpu.remove_breakpoint(pc);
    }

    /// Stops before an access of the core to that memory, and after one of a mask ROM routine;
    /// the radio's own accesses go unnoticed.
    pub fn add_watchpoint(&mut self, watchpoint: Watchpoint) {
        self.cpu.add_watchpoint(watchpoint);
    }

    /// Undoes [`Machine::add_watchpoint`].
    pub fn remove_watchpoint(&mut self, watchpoint: Watchpoint) {
        self.cpu.remove_watchpoint(watchpoint);
    }

    /// A register's value.
    pub fn register(&self, register: Register) -> u32 {
        match register {
            Register::Address(number) => self.cpu.ar(number),
            Register::Pc => self.cpu.pc(),
            Register::Special(special) => self.cpu.special(special, self.bus.cycles()),
        }
    }

    /// Sets a register, as an instruction could.
    pub fn set_register(&mut self, register: Register, value: u32) {
        let now = self.bus.cycles();
        match register {
            Register::Address(number) => self.cpu.set_ar(number, value),
            Register::Pc => self.cpu.set_pc(value),
            Register::Special(special) => self.cpu.set_special(special, value, now),
        }
    }

    /// Reads memory from `address` on; how many bytes could be read. The guest notices only
    /// when these are registers that a read changes.
    pub fn read_memory(&mut self, address: u32, bytes: &mut [u8]) -> usize {
        self.bus.inspect(address, bytes)
    }

    /// Writes RAM, or whole words to registers; `false` where neither is.
    #[must_use]
    pub fn write_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        self.bus.patch(address, bytes)
    }

    /// The cycle at which the core has to be looked at next, if not before `limit`.
    pub(super) fn slice_end(&self, limit: u64) -> u64 {
        match self.control {
            Control::Step(_) => limit.min(self.bus.cycles() + 1),
            Control::Run | Control::Halt => limit,
        }
    }

    /// Why a debugger holds the core from now on, if it does, after the core's run ended with
    /// `exit` and did or did not execute something.
    pub(super) fn debug_stop(&mut self, exit: Exit, executed: bool) -> Option<Stop> {
        let stop = if let Some(watchpoint) = self.cpu.take_met_watchpoint() {
            Stop::Watchpoint(watchpoint)
        } else if let Exit::Breakpoint(_) = exit {
            Stop::Breakpoint
        } else {
            match &self.control {
                Control::Step(within) if executed && !within.contains(&self.cpu.pc()) => {
                    Stop::Stepped
                }
                _ => return None,
            }
        };
        self.control = Control::Halt;
        Some(stop)
    }
}
