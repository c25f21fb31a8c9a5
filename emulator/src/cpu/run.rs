//! The run loop: fetch, decode, execute, until something else must act.

use super::cycles;
use super::debug::Refused;
use super::decode::{decode, length};
use super::exception::{Cause, Trap};
use super::instruction::Op;
use super::system::Outcome;
use super::Cpu;
use crate::bus::{Bus, Fault};

/// Why [`Cpu::run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The cycle asked for has come.
    Deadline,
    /// The bus wants the board to look at its devices.
    Attention,
    /// WAITI is waiting and no interrupt that may enter is pending: the board can skip time.
    Waiting,
    /// pc is at this address and the bus intercepts it ([`Fault::Intercepted`]): a routine of
    /// the mask ROM that the board does. Nothing was executed.
    Rom(u32),
    /// A breakpoint of the host is at pc; its instruction is not executed yet.
    Breakpoint(u32),
    /// The instruction at pc makes an access that a watchpoint of the host is for
    /// ([`Cpu::take_met_watchpoint`]); it is not executed yet.
    Watchpoint,
}

impl Cpu {
    /// Runs until the bus has counted to `until_cycle`, or something needs the board.
    ///
    /// May overshoot by the last instruction's cost. `until_cycle = now + 1` is a single
    /// step (an interrupt that enters is part of it).
    pub fn run<B: Bus>(&mut self, bus: &mut B, until_cycle: u64) -> Exit {
        self.follow_code(bus);
        loop {
            self.poll_timer(bus.cycles());
            if self.take_interrupt() {
                bus.advance(cycles::EXCEPTION);
            }
            if bus.cycles() >= until_cycle {
                return Exit::Deadline;
            }
            if self.waiting {
                return Exit::Waiting;
            }
            let stop = until_cycle.min(self.timer_cycle);
            if let Some(exit) = self.burst(bus, stop) {
                return exit;
            }
        }
    }

    /// Executes until cycle `stop`, or until an instruction may have let an interrupt in.
    fn burst<B: Bus>(&mut self, bus: &mut B, stop: u64) -> Option<Exit> {
        while bus.cycles() < stop {
            let pc = self.pc;
            if !self.cache.holds(pc) {
                match self.fetch(bus, pc) {
                    Ok(()) => {}
                    Err(Refused::Breakpoint) => return Some(Exit::Breakpoint(pc)),
                    Err(Refused::Watchpoint) => return Some(Exit::Watchpoint),
                    Err(Refused::Rom) => return Some(Exit::Rom(pc)),
                    Err(Refused::Trap(trap)) => {
                        self.trap(bus, trap, pc);
                        continue;
                    }
                    Err(Refused::Debugged) => {
                        bus.advance(cycles::EXCEPTION);
                        continue;
                    }
                }
            }
            let i = self.cache.place(pc);
            self.pc = pc.wrapping_add(u32::from(i.len));
            match i.op {
                Op::Alu(op) => {
                    self.alu(op, i);
                    bus.advance(cycles::BASE);
                }
                Op::Branch(op) => {
                    if self.branch_taken(op, i) {
                        self.pc = pc.wrapping_add(i.imm);
                        bus.advance(cycles::TRANSFER);
                    } else {
                        bus.advance(cycles::BASE);
                    }
                }
                Op::Jump(op) => {
                    self.jump(op, i, pc);
                    bus.advance(cycles::TRANSFER);
                }
                Op::Load(op) => {
                    match self.load(bus, op, i, pc) {
                        Ok(()) => bus.advance(cycles::BASE),
                        Err(trap) => self.trap(bus, trap, pc),
                    }
                    if bus.attention() {
                        return Some(Exit::Attention);
                    }
                }
                Op::Store(op) => {
                    match self.store(bus, op, i) {
                        Ok(()) => bus.advance(cycles::BASE),
                        Err(trap) => self.trap(bus, trap, pc),
                    }
                    self.follow_code(bus);
                    if bus.attention() {
                        return Some(Exit::Attention);
                    }
                }
                Op::System(op) => match self.system(op, i, bus.cycles()) {
                    Outcome::Done => bus.advance(cycles::BASE),
                    Outcome::Recheck => {
                        bus.advance(cycles::BASE);
                        return None;
                    }
                    Outcome::Return => {
                        bus.advance(cycles::EXCEPTION);
                        return None;
                    }
                    Outcome::Trap(cause) => self.trap(bus, cause.into(), pc),
                    Outcome::Debug(cause) if self.raise_debug(cause, pc) => {
                        bus.advance(cycles::EXCEPTION);
                    }
                    Outcome::Debug(_) => bus.advance(cycles::BASE),
                },
            }
        }
        None
    }

    #[cold]
    fn trap<B: Bus>(&mut self, bus: &mut B, trap: Trap, pc: u32) {
        self.raise(trap, pc, bus.cycles());
        bus.advance(cycles::EXCEPTION);
    }

    /// Puts the instruction at `pc` into the cache's place for it.
    #[cold]
    fn fetch<B: Bus>(&mut self, bus: &mut B, pc: u32) -> Result<(), Refused> {
        let resumed = self.is_resumed_at(pc);
        if !resumed && self.stops_at(pc) {
            return Err(Refused::Breakpoint);
        }
        let instruction = decode(fetch_bytes(bus, pc)?);
        let watched = self.is_watched(instruction, pc);
        if watched {
            if !resumed && self.meets_watchpoint(instruction, pc) {
                return Err(Refused::Watchpoint);
            }
            if let Some(cause) = self.debug_event(instruction, pc) {
                if self.raise_debug(cause, pc) {
                    return Err(Refused::Debugged);
                }
            }
        }
        self.cache.put(pc, instruction, !watched);
        Ok(())
    }

    /// Forgets decoded instructions when the bus says that code may have changed.
    #[inline(always)]
    fn follow_code<B: Bus>(&mut self, bus: &B) {
        let generation = bus.code_generation();
        if generation != self.code_generation {
            self.code_generation = generation;
            self.cache.clear();
        }
    }
}

/// The bytes at `pc`, in the low end; those beyond the instruction are arbitrary.
fn fetch_bytes<B: Bus>(bus: &mut B, pc: u32) -> Result<u32, Refused> {
    let (aligned, offset) = (pc & !3, pc & 3);
    let low = match bus.fetch(aligned) {
        Ok(word) => word >> (8 * offset),
        Err(Fault::Intercepted) => return Err(Refused::Rom),
        Err(fault) => return Err(unfetchable(fault, pc)),
    };
    if offset + u32::from(length(low as u8)) <= 4 {
        return Ok(low);
    }
    let next = aligned.wrapping_add(4);
    let high = bus.fetch(next).map_err(|fault| unfetchable(fault, next))?;
    Ok(low | high << (32 - 8 * offset))
}

fn unfetchable(fault: Fault, address: u32) -> Refused {
    Refused::Trap(match fault {
        Fault::LoadStoreError => Trap::at(Cause::FetchError, address),
        Fault::Prohibited | Fault::Intercepted => Trap::at(Cause::FetchProhibited, address),
    })
}
