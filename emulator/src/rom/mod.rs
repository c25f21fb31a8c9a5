//! The mask ROM, re-implemented from its behaviour.
//!
//! The core never executes ROM bytes: a fetch from the ROM stops it, and
//! [`Rom::step`] does a slice of the routine at that address through the bus, as
//! the routine would. Between slices the program counter rests just inside the
//! routine, so devices, interrupts and resets happen in the middle of a blocking
//! routine as they do on silicon.

mod access;
mod boot;
mod digest;
mod dma;
mod download;
pub mod dump;
mod exception;
mod flash;
mod layout;
mod loader;
mod memory;
mod name;
mod number;
mod phy;
mod port;
mod print;
mod receiver;
pub mod slip;
mod suspended;
mod system;
mod table;
mod uart;

use crate::bus::{Bus, SystemBus};
use crate::cpu::exception::{vector, Cause};
use crate::cpu::Cpu;
use core::future::Future;
use core::pin::Pin;
use port::Port;
use suspended::{Rest, Suspended};

/// Cycles charged for a call of a routine that only computes.
const CALL_CYCLES: u64 = 10;
/// Suspended routines beyond this many are those of a guest that never comes back.
const MAX_SUSPENDED: usize = 64;

/// Arguments of a routine: a2 to a7, and the stack pointer.
#[derive(Clone, Copy, Debug)]
struct Arguments {
    registers: [u32; 6],
    stack: u32,
}

impl Arguments {
    /// The `index`-th register argument.
    fn get(&self, index: usize) -> u32 {
        self.registers[index]
    }

    /// A pair of registers as a 64-bit argument.
    fn wide(&self, index: usize) -> u64 {
        u64::from(self.registers[index + 1]) << 32 | u64::from(self.registers[index])
    }
}

/// How a routine ends.
#[derive(Clone, Copy, Debug)]
enum Exit {
    /// Returns to its caller with a2.
    Return(u32),
    /// Returns to its caller with a2 and a3.
    ReturnWide(u64),
    /// Has set the registers itself and goes on elsewhere.
    Jump(u32),
    /// The same, back to what an exception or interrupt interrupted.
    Resume(u32),
}

type Routine = Pin<Box<dyn Future<Output = Exit> + Send>>;

/// What [`Rom::step`] left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Run the core.
    Going,
    /// The routine waits for a device or an interrupt: time can be skipped.
    Waiting,
}

/// True when a routine at that address is re-implemented.
pub fn is_modelled(entry: u32) -> bool {
    let arguments = Arguments {
        registers: [0; 6],
        stack: 0,
    };
    table::begin(entry, Port::default(), arguments).is_some()
}

/// The mask ROM's routines in progress.
#[derive(Default)]
pub struct Rom {
    suspended: Vec<Suspended>,
}

impl Rom {
    /// Forgets every routine in progress: the core was reset.
    pub fn reset(&mut self) {
        self.suspended.clear();
    }

    /// Works on the routine at the core's program counter until it ends, blocks, or `limit`
    /// (a core cycle) is reached.
    pub fn step(&mut self, cpu: &mut Cpu, bus: &mut SystemBus, limit: u64) -> Progress {
        let (pc, stack) = (cpu.pc(), cpu.ar(1));
        let mut call = match self.take(pc, stack) {
            Some(mut call) => {
                if call.rest == Rest::Callee {
                    call.rest = Rest::Nothing;
                    call.port.answer(cpu.ar(2));
                    cpu.set_ar(1, call.stack);
                }
                call
            }
            None => match self.enter(cpu, bus) {
                Some(call) => call,
                None => return Progress::Going,
            },
        };
        let Some(progress) = call.run(cpu, bus, limit) else {
            return Progress::Going;
        };
        if self.suspended.len() == MAX_SUSPENDED {
            let lost = name::describe(self.suspended.remove(0).entry);
            bus.journal
                .once("rom", 0, || format!("ROM routine {lost} never ended"));
        }
        self.suspended.push(call);
        progress
    }

    /// The routine that rests at `pc`: the one with this stack pointer, or else the latest
    /// (a callee need not keep the stack pointer for the ROM's sake).
    fn take(&mut self, pc: u32, stack: u32) -> Option<Suspended> {
        let exact = self
            .suspended
            .iter()
            .rposition(|call| call.pc == pc && call.stack == stack);
        let index = exact.or_else(|| {
            self.suspended
                .iter()
                .rposition(|call| call.pc == pc && call.rest == Rest::Callee)
        })?;
        Some(self.suspended.remove(index))
    }

    /// Begins the routine at the program counter; an unknown one is an illegal instruction.
    fn enter(&mut self, cpu: &mut Cpu, bus: &mut SystemBus) -> Option<Suspended> {
        let entry = cpu.pc();
        if entry == vector::RESET {
            self.reset();
            cpu.reset(vector::RESET);
        }
        let port = Port::default();
        let stack = cpu.ar(1);
        let registers = [2, 3, 4, 5, 6, 7].map(|number| cpu.ar(number));
        let return_address = cpu.ar(0);
        bus.advance(CALL_CYCLES);
        let Some(routine) = table::begin(entry, port.clone(), Arguments { registers, stack })
        else {
            let name = name::describe(entry);
            bus.journal.once("rom call", entry, || {
                format!("ROM routine {name} called from {return_address:#010x}: not modelled")
            });
            cpu.raise_here(Cause::IllegalInstruction, None, bus.cycles());
            return None;
        };
        Some(Suspended {
            entry,
            pc: entry,
            stack,
            return_address,
            rest: Rest::Nothing,
            port,
            routine,
        })
    }
}
