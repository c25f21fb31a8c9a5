//! The run loop: fetch, decode, execute, until something else must act.

use super::cache::{is_barrier, is_straight, DecodeCache, Run, LONGEST};
use super::cycles;
use super::debug::Refused;
use super::decode::{decode, length};
use super::exception::{Cause, Trap};
use super::instruction::{Instruction, Op, System};
use super::system::Outcome;
use super::Cpu;
use crate::bus::{Bus, Fault};
use std::mem;

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

/// What comes after some instructions.
enum Step {
    /// The next ones.
    Next,
    /// A look at the interrupts.
    Recheck,
    /// The board.
    Attention,
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
        // Apart from the core, so that its instructions can be looked at while they change the core.
        let mut cache = mem::take(&mut self.cache);
        let exit = loop {
            let now = bus.cycles();
            if now >= stop {
                break None;
            }
            if mem::take(&mut self.is_stale) {
                cache.clear();
            }
            let pc = self.pc;
            let found = cache
                .find(pc)
                .map_or_else(|| self.decode_run(bus, &mut cache, pc), Ok);
            match found {
                // All but the last cost one cycle, so each begins before `stop`.
                Ok(run) => match self.execute(bus, cache.instructions(run, stop - now)) {
                    Step::Next => {}
                    Step::Recheck => break None,
                    Step::Attention => break Some(Exit::Attention),
                },
                Err(Refused::Breakpoint) => break Some(Exit::Breakpoint(pc)),
                Err(Refused::Watchpoint) => break Some(Exit::Watchpoint),
                Err(Refused::Rom) => break Some(Exit::Rom(pc)),
                Err(Refused::Trap(trap)) => self.trap(bus, trap, pc),
                Err(Refused::Debugged) => bus.advance(cycles::EXCEPTION),
            }
        };
        self.cache = cache;
        exit
    }

    /// Executes instructions that follow each other, the first at `self.pc`.
    fn execute<B: Bus>(&mut self, bus: &mut B, instructions: &[Instruction]) -> Step {
        let mut pc = self.pc;
        // Cycles that the bus was not told of yet: only some accesses want to know.
        let mut cycles = 0;
        for &i in instructions {
            let next = pc.wrapping_add(u32::from(i.len));
            match i.op {
                Op::Alu(op) => self.alu(op, i),
                Op::Load(op) => {
                    if !self.load_memory(bus, op, i, pc) {
                        bus.advance(mem::take(&mut cycles));
                        self.pc = next;
                        if let Err(trap) = self.load(bus, op, i, pc) {
                            self.trap(bus, trap, pc);
                            return after_access(bus);
                        }
                        if bus.attention() {
                            bus.advance(cycles::BASE);
                            return Step::Attention;
                        }
                    }
                }
                Op::Store(op) => {
                    if !self.store_memory(bus, op, i) {
                        bus.advance(mem::take(&mut cycles));
                        self.pc = next;
                        if let Err(trap) = self.store(bus, op, i) {
                            self.trap(bus, trap, pc);
                            return after_access(bus);
                        }
                        self.follow_code(bus);
                        if self.is_stale || bus.attention() {
                            bus.advance(cycles::BASE);
                            return after_access(bus);
                        }
                    }
                }
                Op::Branch(op) => {
                    let taken = self.branch_taken(op, i);
                    self.pc = if taken { pc.wrapping_add(i.imm) } else { next };
                    bus.advance(
                        cycles
                            + if taken {
                                cycles::TRANSFER
                            } else {
                                cycles::BASE
                            },
                    );
                    return Step::Next;
                }
                Op::Jump(op) => {
                    self.pc = next;
                    self.jump(op, i, pc);
                    bus.advance(cycles + cycles::TRANSFER);
                    return Step::Next;
                }
                Op::System(op) if is_barrier(op) => {}
                Op::System(op) => {
                    bus.advance(cycles);
                    self.pc = next;
                    return self.execute_system(bus, op, i, pc);
                }
            }
            cycles += cycles::BASE;
            pc = next;
        }
        bus.advance(cycles);
        self.pc = pc;
        Step::Next
    }

    /// Executes an instruction on processor state, found at `pc`; `self.pc` is already the next one.
    fn execute_system<B: Bus>(&mut self, bus: &mut B, op: System, i: Instruction, pc: u32) -> Step {
        match self.system(op, i, bus.cycles()) {
            Outcome::Done => bus.advance(cycles::BASE),
            Outcome::Recheck => {
                bus.advance(cycles::BASE);
                return Step::Recheck;
            }
            Outcome::Return => {
                bus.advance(cycles::EXCEPTION);
                return Step::Recheck;
            }
            Outcome::Trap(cause) => self.trap(bus, cause.into(), pc),
            Outcome::Debug(cause) if self.raise_debug(cause, pc) => bus.advance(cycles::EXCEPTION),
            Outcome::Debug(_) => bus.advance(cycles::BASE),
        }
        Step::Next
    }

    #[cold]
    fn trap<B: Bus>(&mut self, bus: &mut B, trap: Trap, pc: u32) {
        self.raise(trap, pc, bus.cycles());
        bus.advance(cycles::EXCEPTION);
    }

    /// Decodes the run that begins at `pc`. What must be looked at each time is a run of its own, and not kept.
    #[cold]
    fn decode_run<B: Bus>(
        &mut self,
        bus: &mut B,
        cache: &mut DecodeCache,
        pc: u32,
    ) -> Result<Run, Refused> {
        let resumed = self.is_resumed_at(pc);
        if !resumed && self.stops_at(pc) {
            return Err(Refused::Breakpoint);
        }
        let first = decode(fetch_bytes(bus, pc)?);
        let watched = self.is_watched(first, pc);
        if watched {
            if !resumed && self.meets_watchpoint(first, pc) {
                return Err(Refused::Watchpoint);
            }
            if let Some(cause) = self.debug_event(first, pc) {
                if self.raise_debug(cause, pc) {
                    return Err(Refused::Debugged);
                }
            }
        }
        let start = cache.begin();
        cache.push(first);
        let (mut last, mut at) = (first, pc);
        for _ in 1..LONGEST {
            at = at.wrapping_add(u32::from(last.len));
            if watched || !is_straight(last.op) {
                break;
            }
            // Whatever is wrong there is met, and told, by the run that begins there.
            let Some(bytes) = peek_bytes(bus, at) else {
                break;
            };
            last = decode(bytes);
            if self.is_watched(last, at) {
                break;
            }
            cache.push(last);
        }
        Ok(cache.end(pc, start, !watched))
    }

    /// Forgets decoded instructions when the bus says that code may have changed.
    #[inline(always)]
    fn follow_code<B: Bus>(&mut self, bus: &B) {
        let generation = bus.code_generation();
        if generation != self.code_generation {
            self.code_generation = generation;
            self.is_stale = true;
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

/// The same where a fetch cannot fail, and has no effects beyond.
fn peek_bytes<B: Bus>(bus: &mut B, pc: u32) -> Option<u32> {
    let (aligned, offset) = (pc & !3, pc & 3);
    let low = bus.fetch_ahead(aligned)? >> (8 * offset);
    if offset + u32::from(length(low as u8)) <= 4 {
        return Some(low);
    }
    let high = bus.fetch_ahead(aligned.wrapping_add(4))?;
    Some(low | high << (32 - 8 * offset))
}

/// After an access that was not plain memory.
fn after_access<B: Bus>(bus: &B) -> Step {
    match bus.attention() {
        true => Step::Attention,
        false => Step::Next,
    }
}

fn unfetchable(fault: Fault, address: u32) -> Refused {
    Refused::Trap(match fault {
        Fault::LoadStoreError => Trap::at(Cause::FetchError, address),
        Fault::Prohibited | Fault::Intercepted => Trap::at(Cause::FetchProhibited, address),
    })
}
