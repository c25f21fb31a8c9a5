//! Watchpoints of the host: accesses to memory that stop the core.
//!
//! They cost nothing while there are none: as long as there is one, loads and
//! stores stay out of the decode cache, so each is looked at before it executes.
//! The core stops before the instruction that makes the access, as it does for its own
//! DBREAK registers; gdb's Xtensa port counts on that.

use super::instruction::{Instruction, Load, Op, Store};
use super::Cpu;
use crate::bus::Width;

/// Which accesses a watchpoint is for, or what an access is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accesses {
    /// Loads.
    Loads,
    /// Stores.
    Stores,
    /// Both.
    All,
}

/// Memory whose use stops the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watchpoint {
    /// First byte.
    pub address: u32,
    /// Bytes.
    pub len: u32,
    /// Which accesses count.
    pub accesses: Accesses,
}

/// What an instruction is about to do to memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    pub kind: Accesses,
    pub address: u32,
    pub len: u32,
}

impl Watchpoint {
    fn is_met_by(&self, access: Access) -> bool {
        let counts = self.accesses == Accesses::All || self.accesses == access.kind;
        let distance = access.address.wrapping_sub(self.address);
        counts && (distance < self.len || distance.wrapping_neg() < access.len)
    }
}

impl Cpu {
    /// Makes `run` return [`super::Exit::Watchpoint`] before an access that `watchpoint` is for.
    ///
    /// The next `run` from there makes it.
    pub fn add_watchpoint(&mut self, watchpoint: Watchpoint) {
        if !self.watchpoints.contains(&watchpoint) {
            self.watchpoints.push(watchpoint);
        }
        self.is_stale = true;
    }

    /// Undoes [`Cpu::add_watchpoint`].
    pub fn remove_watchpoint(&mut self, watchpoint: Watchpoint) {
        self.watchpoints.retain(|&other| other != watchpoint);
        self.is_stale = true;
    }

    /// Forgets all breakpoints and watchpoints of the host.
    pub fn clear_stops(&mut self) {
        self.breakpoints.clear();
        self.watchpoints.clear();
        self.met = None;
        self.is_stale = true;
    }

    /// The watchpoint that was met since the last call.
    pub fn take_met_watchpoint(&mut self) -> Option<Watchpoint> {
        self.met.take()
    }

    /// An access to memory that no instruction makes: the board's, in a routine of the mask ROM.
    /// The board asks for [`Cpu::take_met_watchpoint`] when the routine pauses.
    pub fn watch(&mut self, kind: Accesses, address: u32, width: Width) {
        let len = match width {
            Width::Byte => 1,
            Width::Half => 2,
            Width::Word => 4,
        };
        let met = self.watchpoint_for(Access { kind, address, len });
        self.met = met.or(self.met);
    }

    /// True, and noted, when `i` at `pc` is about to meet a watchpoint.
    pub(super) fn meets_watchpoint(&mut self, i: Instruction, pc: u32) -> bool {
        let access = self.access(i, pc);
        self.met = access.and_then(|access| self.watchpoint_for(access));
        if self.met.is_some() {
            self.resume_from = Some(pc);
        }
        self.met.is_some()
    }

    fn watchpoint_for(&self, access: Access) -> Option<Watchpoint> {
        let mut watchpoints = self.watchpoints.iter();
        watchpoints
            .find(|watchpoint| watchpoint.is_met_by(access))
            .copied()
    }

    /// Whether `i` is of the kind that watchpoints are for, while there are any.
    pub(super) fn may_meet_watchpoint(&self, i: Instruction) -> bool {
        !self.watchpoints.is_empty() && matches!(i.op, Op::Load(_) | Op::Store(_))
    }

    /// Whether `i`, at `pc`, loads or stores with the registers as they are, and where.
    pub fn memory_access(&self, i: Instruction, pc: u32) -> Option<(Accesses, u32)> {
        let access = self.access(i, pc)?;
        Some((access.kind, access.address))
    }

    /// What `i`, at `pc`, will do to memory.
    pub(super) fn access(&self, i: Instruction, pc: u32) -> Option<Access> {
        let (kind, len) = match i.op {
            Op::Load(Load::L8ui) => (Accesses::Loads, 1),
            Op::Load(Load::L16ui | Load::L16si) => (Accesses::Loads, 2),
            Op::Load(Load::L32i | Load::L32r) => (Accesses::Loads, 4),
            Op::Store(Store::S8i) => (Accesses::Stores, 1),
            Op::Store(Store::S16i) => (Accesses::Stores, 2),
            Op::Store(Store::S32i) => (Accesses::Stores, 4),
            _ => return None,
        };
        let address = match i.op {
            Op::Load(Load::L32r) => self.literal_address(i, pc),
            _ => self.ar(i.s).wrapping_add(i.imm),
        };
        Some(Access { kind, address, len })
    }
}
