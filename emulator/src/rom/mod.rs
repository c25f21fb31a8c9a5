//! The mask ROM, re-implemented from its behaviour.
//!
//! The core never executes ROM bytes: a fetch from the ROM stops it, and
//! [`Rom::step`] does a slice of the routine at that address through the bus, as
//! the routine would. Between slices the program counter rests just inside the
//! routine, so devices, interrupts and resets happen in the middle of a blocking
//! routine as they do on silicon.

mod boot;
mod exception;
mod flash;
mod layout;
mod loader;
mod memory;
mod number;
mod port;
mod print;
mod system;
mod table;

use crate::bus::{Bus, Fault, SystemBus, Width};
use crate::cpu::exception::{vector, Cause};
use crate::cpu::special::{ps, Special};
use crate::cpu::Cpu;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use port::{Port, Request};

/// Cycles charged for each thing a routine asks for: a load or store and the instructions around it.
const REQUEST_CYCLES: u64 = 4;
/// Cycles charged for a call of a routine that only computes.
const CALL_CYCLES: u64 = 10;
/// Suspended routines beyond this many are those of a guest that never comes back.
const MAX_SUSPENDED: usize = 64;
/// Offsets from a routine's entry at which it rests, and at which its guest callees return.
const RESTING: u32 = 1;
const RETURNING: u32 = 2;

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
}

type Routine = Pin<Box<dyn Future<Output = Exit> + Send>>;

/// What a routine is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// Its next slice.
    Nothing,
    /// A core cycle.
    Until(u64),
    /// A device or an interrupt.
    Event,
    /// A guest function to return.
    Callee,
}

/// A routine that was entered and has not ended.
struct Suspended {
    entry: u32,
    /// Where the program counter is when it goes on.
    pc: u32,
    stack: u32,
    return_address: u32,
    rest: Rest,
    port: Port,
    routine: Routine,
}

/// What [`Rom::step`] left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Run the core.
    Going,
    /// The routine waits for a device or an interrupt: time can be skipped.
    Waiting,
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
        let progress = call.run(cpu, bus, limit);
        if let Some(progress) = progress {
            if self.suspended.len() == MAX_SUSPENDED {
                let lost = self.suspended.remove(0);
                bus.journal.once("rom", lost.entry, || {
                    format!("ROM routine {} never ended", table::describe(lost.entry))
                });
            }
            self.suspended.push(call);
            return progress;
        }
        Progress::Going
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
            let name = table::describe(entry);
            bus.journal.once("rom call", entry, || {
                format!("ROM routine {name} called from {return_address:#010x}: not modelled")
            });
            raise(cpu, Cause::IllegalInstruction, None);
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

impl Suspended {
    /// Runs the routine; `None` when it is over.
    fn run(&mut self, cpu: &mut Cpu, bus: &mut SystemBus, limit: u64) -> Option<Progress> {
        loop {
            if let Rest::Until(cycle) = self.rest {
                let now = bus.cycles();
                if now < cycle {
                    bus.advance(cycle.min(limit).saturating_sub(now));
                }
                if bus.cycles() < cycle {
                    return Some(self.park(cpu, Progress::Going));
                }
            }
            self.rest = Rest::Nothing;
            match self
                .routine
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
            {
                Poll::Ready(exit) => {
                    self.finish(cpu, exit);
                    return None;
                }
                Poll::Pending => {}
            }
            let request = self.port.take_request()?;
            bus.advance(REQUEST_CYCLES);
            match self.perform(request, cpu, bus) {
                Ok(()) => {}
                Err((cause, address)) => {
                    cpu.set_pc(self.entry + RESTING);
                    raise(cpu, cause, address);
                    return None;
                }
            }
            match self.rest {
                Rest::Callee => return Some(Progress::Going),
                Rest::Event => return Some(self.park(cpu, Progress::Waiting)),
                _ if bus.attention() || bus.cycles() >= limit => {
                    return Some(self.park(cpu, Progress::Going))
                }
                _ => {}
            }
        }
    }

    fn park(&mut self, cpu: &mut Cpu, progress: Progress) -> Progress {
        self.pc = self.entry + RESTING;
        self.stack = cpu.ar(1);
        cpu.set_pc(self.pc);
        progress
    }

    fn finish(&self, cpu: &mut Cpu, exit: Exit) {
        match exit {
            Exit::Jump(pc) => return cpu.set_pc(pc),
            Exit::Return(value) => cpu.set_ar(2, value),
            Exit::ReturnWide(value) => {
                cpu.set_ar(2, value as u32);
                cpu.set_ar(3, (value >> 32) as u32);
            }
        }
        cpu.set_ar(0, self.return_address);
        cpu.set_pc(self.return_address);
    }

    fn perform(
        &mut self,
        request: Request,
        cpu: &mut Cpu,
        bus: &mut SystemBus,
    ) -> Result<(), (Cause, Option<u32>)> {
        let now = bus.cycles();
        let reply = match request {
            Request::Load(address, width) => load(cpu, bus, address, width)?,
            Request::Store(address, width, value) => {
                store(cpu, bus, address, width, value)?;
                0
            }
            Request::Pass(cycles) => {
                self.rest = Rest::Until(now.saturating_add(cycles));
                0
            }
            Request::Wait => {
                self.rest = Rest::Event;
                0
            }
            Request::Register(number) => cpu.ar(number),
            Request::SetRegister(number, value) => {
                cpu.set_ar(number, value);
                0
            }
            Request::Special(register) => cpu.special(register, now),
            Request::SetSpecial(register, value) => {
                cpu.set_special(register, value, now);
                0
            }
            Request::Call(call) => {
                self.pc = call.return_address.unwrap_or(self.entry + RETURNING);
                self.stack = cpu.ar(1);
                self.rest = Rest::Callee;
                cpu.set_ar(0, self.pc);
                cpu.set_ar(2, call.arguments[0]);
                cpu.set_ar(3, call.arguments[1]);
                if let Some(stack) = call.stack {
                    self.stack = stack;
                    cpu.set_ar(1, stack);
                }
                cpu.set_pc(call.function);
                return Ok(());
            }
            Request::Report(text) => {
                bus.journal.once("rom report", self.entry, || text);
                0
            }
        };
        self.port.answer(reply);
        Ok(())
    }
}

/// True when the guest has exception vectors of its own: what would fault in the ROM's byte
/// loops, its handler would emulate. The re-implemented loops have no instructions for such
/// a handler to read, so the emulation is done for it (hardware facts 1.5).
fn guest_handles_faults(cpu: &Cpu, bus: &SystemBus) -> bool {
    cpu.special(Special::Vecbase, bus.cycles()) != 0x4000_0000
}

fn load(
    cpu: &Cpu,
    bus: &mut SystemBus,
    address: u32,
    width: Width,
) -> Result<u32, (Cause, Option<u32>)> {
    if width == Width::Word && address & 3 != 0 {
        return Err((Cause::Unaligned, Some(address)));
    }
    match bus.load(address, width) {
        Err(Fault::LoadStoreError) if width == Width::Byte && guest_handles_faults(cpu, bus) => bus
            .load(address & !3, Width::Word)
            .map(|word| word >> (8 * (address & 3)) & 0xFF),
        result => result,
    }
    .map_err(|fault| explain(fault, Cause::LoadProhibited, address))
}

fn store(
    cpu: &Cpu,
    bus: &mut SystemBus,
    address: u32,
    width: Width,
    value: u32,
) -> Result<(), (Cause, Option<u32>)> {
    if width == Width::Word && address & 3 != 0 {
        return Err((Cause::Unaligned, Some(address)));
    }
    match bus.store(address, width, value) {
        Err(Fault::LoadStoreError) if width == Width::Byte && guest_handles_faults(cpu, bus) => {
            let shift = 8 * (address & 3);
            bus.load(address & !3, Width::Word).and_then(|word| {
                let merged = word & !(0xFF << shift) | (value & 0xFF) << shift;
                bus.store(address & !3, Width::Word, merged)
            })
        }
        result => result,
    }
    .map_err(|fault| explain(fault, Cause::StoreProhibited, address))
}

fn explain(fault: Fault, prohibited: Cause, address: u32) -> (Cause, Option<u32>) {
    match fault {
        Fault::LoadStoreError => (Cause::LoadStoreError, Some(address)),
        Fault::Prohibited | Fault::Intercepted => (prohibited, Some(address)),
    }
}

/// Takes an exception at the core's program counter, as an instruction there would.
fn raise(cpu: &mut Cpu, cause: Cause, address: Option<u32>) {
    // No special register written here depends on the cycle count.
    const NOW: u64 = 0;
    let pc = cpu.pc();
    let state = cpu.special(Special::Ps, NOW);
    cpu.set_special(Special::Exccause, cause as u32, NOW);
    if let Some(address) = address {
        cpu.set_special(Special::Excvaddr, address, NOW);
    }
    let offset = if state & ps::EXCM != 0 {
        cpu.set_special(Special::Depc, pc, NOW);
        vector::DOUBLE
    } else {
        cpu.set_special(Special::Epc1, pc, NOW);
        cpu.set_special(Special::Ps, state | ps::EXCM, NOW);
        if state & ps::UM != 0 {
            vector::USER
        } else {
            vector::KERNEL
        }
    };
    cpu.set_pc(cpu.special(Special::Vecbase, NOW).wrapping_add(offset));
}
