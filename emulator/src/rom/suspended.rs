//! A routine that was entered and has not ended, and how it is carried on.

use super::access::{load, store, Denied};
use super::port::{Port, Request};
use super::{Exit, Progress, Routine};
use crate::bus::{Bus, SystemBus};
use crate::cpu::special::{ps, Special};
use crate::cpu::Cpu;
use core::task::{Context, Poll, Waker};

/// Cycles charged for each thing a routine asks for: a load or store and the instructions around it.
const REQUEST_CYCLES: u64 = 4;
/// Offsets from a routine's entry at which it rests, and at which its guest callees return.
const RESTING: u32 = 1;
const RETURNING: u32 = 2;

/// What a routine is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
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
pub(super) struct Suspended {
    pub entry: u32,
    /// Where the program counter is when it goes on.
    pub pc: u32,
    pub stack: u32,
    pub return_address: u32,
    pub rest: Rest,
    pub port: Port,
    pub routine: Routine,
}

impl Suspended {
    /// Runs the routine; `None` when it is over.
    pub fn run(&mut self, cpu: &mut Cpu, bus: &mut SystemBus, limit: u64) -> Option<Progress> {
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
                Err(denied) => {
                    cpu.set_pc(self.entry + RESTING);
                    cpu.raise_here(denied.cause, Some(denied.address), bus.cycles());
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
            Exit::Resume(pc) => {
                cpu.note_handler_return();
                return cpu.set_pc(pc);
            }
            Exit::Return(value) => cpu.set_ar(2, value),
            Exit::ReturnWide(value) => {
                cpu.set_ar(2, value as u32);
                cpu.set_ar(3, (value >> 32) as u32);
            }
        }
        cpu.note_return(self.entry, self.return_address);
        cpu.set_ar(0, self.return_address);
        cpu.set_pc(self.return_address);
    }

    fn perform(
        &mut self,
        request: Request,
        cpu: &mut Cpu,
        bus: &mut SystemBus,
    ) -> Result<(), Denied> {
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
            Request::WaitForInterrupt => {
                let state = cpu.special(Special::Ps, now);
                cpu.set_special(Special::Ps, state & !ps::INTLEVEL, now);
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
                for (number, value) in (2..8).zip(call.arguments) {
                    cpu.set_ar(number, value);
                }
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
