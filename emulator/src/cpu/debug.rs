//! Breakpoints of the host, and the core's own debug registers.
//!
//! The chip has no debugger attached: what raises the debug exception enters the
//! level-2 vector. The fast path knows nothing of all this, because whatever
//! must be looked at before it executes is never put into the decode cache.

use super::exception::Trap;
use super::instruction::Instruction;
use super::special::Special;
use super::watch::Accesses;
use super::Cpu;

/// DEBUGLEVEL of this core.
const LEVEL: u32 = 2;

/// What raised the debug exception: the bit of DEBUGCAUSE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum DebugCause {
    Icount = 0,
    Ibreak = 1,
    Dbreak = 2,
    Break = 3,
    BreakNarrow = 4,
}

/// DBREAKC bits: which accesses match, and which address bits must.
const DBREAKC_STORE: u32 = 1 << 31;
const DBREAKC_LOAD: u32 = 1 << 30;
const DBREAKC_MASK: u32 = 0x3F;

impl Cpu {
    /// Makes `run` return [`super::Exit::Breakpoint`] before the instruction at `pc`.
    ///
    /// The next `run` from there executes it.
    pub fn add_breakpoint(&mut self, pc: u32) {
        if !self.breakpoints.contains(&pc) {
            self.breakpoints.push(pc);
        }
        self.is_stale = true;
    }

    /// Undoes [`Cpu::add_breakpoint`].
    pub fn remove_breakpoint(&mut self, pc: u32) {
        self.breakpoints.retain(|&other| other != pc);
        self.is_stale = true;
    }

    /// Lets the next `run` execute what is at pc, breakpoint and watchpoint or not.
    pub fn skip_breakpoint(&mut self) {
        self.resume_from = Some(self.pc);
    }

    /// True when the host has seen the instruction at `pc` already, and wants it executed.
    pub(super) fn is_resumed_at(&mut self, pc: u32) -> bool {
        self.resume_from.take() == Some(pc)
    }

    /// True when the host must be asked before executing at `pc`.
    pub(super) fn stops_at(&mut self, pc: u32) -> bool {
        let stop = self.breakpoints.contains(&pc);
        self.resume_from = stop.then_some(pc);
        stop
    }

    /// Takes the debug exception, unless its level is masked.
    pub(super) fn raise_debug(&mut self, cause: DebugCause, pc: u32) -> bool {
        let masked = self.current_level() >= LEVEL;
        if !masked {
            self.set_sr(Special::Debugcause, 1 << cause as u8);
            self.enter_level(LEVEL, pc);
        }
        !masked
    }

    /// Whether `i` at `pc` must be looked at each time, so must stay out of the decode cache.
    pub(super) fn is_watched(&self, i: Instruction, pc: u32) -> bool {
        self.breakpoints.contains(&pc)
            || self.may_meet_watchpoint(i)
            || self.ibreak_matches(pc)
            || self.sr(Special::Icountlevel) != 0
            || self.sr(Special::Dbreakc0) & (DBREAKC_STORE | DBREAKC_LOAD) != 0
    }

    /// The debug event, if any, that comes before executing `i` at `pc`.
    pub(super) fn debug_event(&mut self, i: Instruction, pc: u32) -> Option<DebugCause> {
        if self.current_level() >= LEVEL && self.sr(Special::Icountlevel) == 0 {
            return None;
        }
        if self.ibreak_matches(pc) {
            return Some(DebugCause::Ibreak);
        }
        if self.dbreak_matches(i, pc) {
            return Some(DebugCause::Dbreak);
        }
        if self.current_level() < self.sr(Special::Icountlevel) {
            let count = self.sr(Special::Icount).wrapping_add(1);
            if count == 0 {
                return Some(DebugCause::Icount);
            }
            self.set_sr(Special::Icount, count);
        }
        None
    }

    fn ibreak_matches(&self, pc: u32) -> bool {
        self.sr(Special::Ibreakenable) & 1 != 0 && self.sr(Special::Ibreaka0) == pc
    }

    fn dbreak_matches(&self, i: Instruction, pc: u32) -> bool {
        let Some(access) = self.access(i, pc) else {
            return false;
        };
        let control = self.sr(Special::Dbreakc0);
        let armed = match access.kind {
            Accesses::Loads => DBREAKC_LOAD,
            _ => DBREAKC_STORE,
        };
        let mask = !DBREAKC_MASK | control & DBREAKC_MASK;
        let wanted = self.sr(Special::Dbreaka0) & mask;
        control & armed != 0
            && (0..access.len).any(|byte| access.address.wrapping_add(byte) & mask == wanted)
    }

    pub(super) fn set_ibreakenable(&mut self, value: u32) {
        self.set_sr(Special::Ibreakenable, value & 1);
        self.is_stale = true;
    }

    pub(super) fn set_ibreaka(&mut self, value: u32) {
        self.set_sr(Special::Ibreaka0, value);
        self.is_stale = true;
    }

    pub(super) fn set_dbreakc(&mut self, value: u32) {
        let kept = DBREAKC_STORE | DBREAKC_LOAD | DBREAKC_MASK;
        self.set_sr(Special::Dbreakc0, value & kept);
        self.is_stale = true;
    }

    pub(super) fn set_icountlevel(&mut self, value: u32) {
        self.set_sr(Special::Icountlevel, value & 0xF);
        self.is_stale = true;
    }
}

/// Why an instruction could not be handed to the executor.
pub(super) enum Refused {
    /// The host wants to see it first.
    Breakpoint,
    /// The host wants to know what it will access.
    Watchpoint,
    /// The bus intercepts it: the board does the routine's work.
    Rom,
    /// Fetching it raised an exception.
    Trap(Trap),
    /// It raised a debug exception, which was taken.
    Debugged,
}
