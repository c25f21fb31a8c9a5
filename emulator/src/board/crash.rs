//! When a guest has come to grief, and what there is to say about it.
//!
//! An exception is a crash when its handler raises another one, ends in a reset, waits for nothing, or
//! just does not return. A reset by the watchdog is one without any exception.

use super::Machine;
use crate::bus::Bus;
use crate::cpu::history::{open_calls, Transfer};
use crate::cpu::{Fault, Taken};
use core::fmt::{self, Display, Formatter};

/// A handler that takes longer will not return: more than half a second at any clock.
const PATIENCE_CYCLES: u64 = 100_000_000;
/// Calls that a report shows of each kind.
const SHOWN: usize = 12;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The exception's handler raised another exception.
    DoubleException,
    /// The core was reset before the handler returned.
    Reset,
    /// The handler waits for something that will not come.
    Hung,
    /// The handler has not returned for a long time.
    NoReturn,
    /// The watchdog reset the chip; no exception was being handled.
    Watchdog,
}

/// A crash, with the state at the exception it began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// How it ended.
    pub outcome: Outcome,
    /// The exception.
    pub exception: Option<Taken>,
    /// The exception that its handler raised.
    pub double: Option<Taken>,
    /// Where the core was.
    pub pc: u32,
    /// Address registers there.
    pub registers: [u32; 16],
    /// PS there.
    pub ps: u32,
    /// The last calls and returns before, newest first.
    pub transfers: Vec<Transfer>,
}

impl Crash {
    fn of(fault: &Fault, outcome: Outcome) -> Crash {
        Crash {
            outcome,
            exception: Some(fault.taken),
            double: fault.double,
            pc: fault.taken.pc,
            registers: fault.registers,
            ps: fault.ps,
            transfers: fault.transfers.clone(),
        }
    }

    /// What happened, in a line or two.
    pub fn headline(&self) -> String {
        let mut text = match &self.exception {
            Some(taken) => format!("crash: {}", describe(taken)),
            None => format!("crash at {:#010x}", self.pc),
        };
        text += match self.outcome {
            Outcome::DoubleException => "; its handler ran into another",
            Outcome::Reset => "; the core was reset before its handler returned",
            Outcome::Hung => "; its handler waits for something that will not come",
            Outcome::NoReturn => "; its handler does not return",
            Outcome::Watchdog => ": the watchdog reset the chip",
        };
        if let Some(double) = &self.double {
            text += &format!(": {}", describe(double));
        }
        text
    }

    /// The registers, four to a line.
    pub fn register_lines(&self) -> Vec<String> {
        let numbered: Vec<String> = self
            .registers
            .iter()
            .enumerate()
            .map(|(number, value)| format!("{:>3} {value:08x}", format!("a{number}")))
            .collect();
        let mut lines = vec![format!(" pc {:08x}   ps {:08x}", self.pc, self.ps)];
        lines.extend(numbered.chunks(4).map(|four| four.join("  ")));
        lines
    }

    /// Calls that have not returned, innermost first: the call stack as far as it is remembered.
    pub fn open_calls(&self) -> Vec<Transfer> {
        let mut calls = open_calls(&self.transfers);
        calls.truncate(SHOWN);
        calls
    }

    /// The last calls, newest first, returned or not.
    pub fn last_calls(&self) -> Vec<Transfer> {
        let calls = self.transfers.iter().filter(|transfer| transfer.is_call);
        calls.take(SHOWN).copied().collect()
    }
}

fn describe(taken: &Taken) -> String {
    let (name, number, pc) = (taken.cause.name(), taken.cause as u32, taken.pc);
    let address = match taken.cause.is_about_an_address() {
        true => format!(", excvaddr {:#010x}", taken.excvaddr),
        false => String::new(),
    };
    format!("{name} (cause {number}{address}) at {pc:#010x}")
}

impl Display for Crash {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        writeln!(f, "{}", self.headline())?;
        for line in self.register_lines() {
            writeln!(f, "  {line}")?;
        }
        for (title, calls) in [
            (
                "calls not returned from, innermost first:",
                self.open_calls(),
            ),
            ("last calls, newest first:", self.last_calls()),
        ] {
            writeln!(f, "{title}")?;
            for call in calls {
                writeln!(f, "  {call}")?;
            }
        }
        Ok(())
    }
}

impl Machine {
    /// Takes the crashes there were, each reported once.
    pub fn crashes(&mut self) -> Vec<Crash> {
        std::mem::take(&mut self.crashes)
    }

    /// Looks whether the exception being handled has become a crash.
    #[inline]
    pub(super) fn notice_crash(&mut self, hung: bool) {
        if self.cpu.fault().is_some() {
            self.judge_fault(hung);
        }
    }

    #[cold]
    fn judge_fault(&mut self, hung: bool) {
        let Some(fault) = self.cpu.fault() else {
            return;
        };
        let outcome = if fault.double.is_some() {
            Outcome::DoubleException
        } else if hung {
            Outcome::Hung
        } else if self.bus.cycles() - fault.taken.cycle > PATIENCE_CYCLES {
            Outcome::NoReturn
        } else {
            return;
        };
        if self.fault_reported_at != Some(fault.taken.cycle) {
            self.fault_reported_at = Some(fault.taken.cycle);
            self.crashes.push(Crash::of(fault, outcome));
        }
    }

    /// The core was reset, but not from outside.
    pub(super) fn notice_crash_before_reset(&mut self) {
        let Some(fault) = self.cpu.take_fault_before_reset() else {
            return;
        };
        if self.fault_reported_at != Some(fault.taken.cycle) {
            self.crashes.push(Crash::of(&fault, Outcome::Reset));
        }
    }

    /// The watchdog is about to reset the chip.
    pub(super) fn notice_watchdog(&mut self) {
        if self.cpu.fault().is_none() {
            let special = crate::cpu::Special::Ps;
            self.crashes.push(Crash {
                outcome: Outcome::Watchdog,
                exception: None,
                double: None,
                pc: self.cpu.pc(),
                registers: core::array::from_fn(|number| self.cpu.ar(number as u8)),
                ps: self.cpu.special(special, self.bus.cycles()),
                transfers: self.cpu.transfers(),
            });
        }
    }
}
