//! Exceptions: causes, the vectors they go to, and a log for crash reports.
//!
//! Source: Xtensa ISA reference manual, exception option (XEA2); the vector
//! offsets are core-isa.h's.

use super::special::{ps, Special};
use super::Cpu;

/// EXCCAUSE: why an exception was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// No such instruction.
    IllegalInstruction = 0,
    /// SYSCALL.
    Syscall = 1,
    /// The bus failed an instruction fetch.
    FetchError = 2,
    /// A narrow access to word-only memory, or a store to read-only memory.
    LoadStoreError = 3,
    /// A level-1 interrupt.
    Level1Interrupt = 4,
    /// A load or store that is not naturally aligned.
    Unaligned = 9,
    /// A fetch from where there is nothing, or nothing executable.
    FetchProhibited = 20,
    /// A load from where there is nothing.
    LoadProhibited = 28,
    /// A store to where there is nothing.
    StoreProhibited = 29,
}

impl Cause {
    /// A short name for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::IllegalInstruction => "illegal instruction",
            Cause::Syscall => "system call",
            Cause::FetchError => "instruction fetch error",
            Cause::LoadStoreError => "load/store error (narrow access to word-only memory?)",
            Cause::Level1Interrupt => "level-1 interrupt",
            Cause::Unaligned => "unaligned access",
            Cause::FetchProhibited => "instruction fetch prohibited",
            Cause::LoadProhibited => "load prohibited",
            Cause::StoreProhibited => "store prohibited",
        }
    }

    /// Whether EXCVADDR says something about it.
    pub const fn is_about_an_address(self) -> bool {
        !matches!(
            self,
            Cause::IllegalInstruction | Cause::Syscall | Cause::Level1Interrupt
        )
    }
}

/// Offsets of the vectors from VECBASE.
pub mod vector {
    /// Level 2: debug.
    pub const DEBUG: u32 = 0x10;
    /// Level 3: NMI.
    pub const NMI: u32 = 0x20;
    /// Exceptions and level-1 interrupts while PS.UM = 0.
    pub const KERNEL: u32 = 0x30;
    /// Exceptions and level-1 interrupts while PS.UM = 1.
    pub const USER: u32 = 0x50;
    /// Exceptions while PS.EXCM = 1.
    pub const DOUBLE: u32 = 0x70;
    /// Where the chip starts; not relocated by VECBASE.
    pub const RESET: u32 = 0x4000_0080;
}

/// An exception about to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trap {
    pub cause: Cause,
    /// The new EXCVADDR; other causes leave it alone.
    pub address: Option<u32>,
}

impl Trap {
    pub const fn new(cause: Cause) -> Trap {
        Trap {
            cause,
            address: None,
        }
    }

    pub const fn at(cause: Cause, address: u32) -> Trap {
        Trap {
            cause,
            address: Some(address),
        }
    }
}

/// An exception that was taken, for crash reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Core cycle at which it happened.
    pub cycle: u64,
    /// The instruction that caused it.
    pub pc: u32,
    /// Why.
    pub cause: Cause,
    /// Its a0: where it was called from, unless the function has used the register since.
    pub a0: u32,
    /// EXCVADDR afterwards: meaningful for causes about an address.
    pub excvaddr: u32,
    /// True when it struck inside another exception's handler.
    pub double: bool,
}

/// Length of the log.
const LOG_COUNT: usize = 16;

impl Cpu {
    /// Takes the exception `trap` of the instruction at `pc`.
    #[cold]
    pub(super) fn raise(&mut self, trap: Trap, pc: u32, now: u64) {
        if let Some(address) = trap.address {
            self.set_sr(Special::Excvaddr, address);
        }
        let double = self.sr(Special::Ps) & ps::EXCM != 0;
        if self.taken.len() == LOG_COUNT {
            self.taken.pop_front();
        }
        let taken = Taken {
            cycle: now,
            pc,
            cause: trap.cause,
            a0: self.ar(0),
            excvaddr: self.sr(Special::Excvaddr),
            double,
        };
        self.taken.push_back(taken);
        self.keep_fault(taken);
        self.enter_exception(trap.cause, pc);
    }

    /// Takes an exception at the program counter: what a routine of the mask ROM that the board
    /// does ran into, as an instruction there would.
    pub fn raise_here(&mut self, cause: Cause, address: Option<u32>, now: u64) {
        self.waiting = false;
        self.raise(Trap { cause, address }, self.pc, now);
    }

    /// Goes to the double, user or kernel vector.
    pub(super) fn enter_exception(&mut self, cause: Cause, pc: u32) {
        let state = self.sr(Special::Ps);
        self.set_sr(Special::Exccause, cause as u32);
        let offset = if state & ps::EXCM != 0 {
            self.set_sr(Special::Depc, pc);
            vector::DOUBLE
        } else {
            self.set_sr(Special::Epc1, pc);
            self.set_sr(Special::Ps, state | ps::EXCM);
            if state & ps::UM != 0 {
                vector::USER
            } else {
                vector::KERNEL
            }
        };
        self.note_handler();
        self.pc = self.sr(Special::Vecbase).wrapping_add(offset);
    }

    /// Enters a high-priority level (2 debug, 3 NMI), saving pc and PS in its registers.
    pub(super) fn enter_level(&mut self, level: u32, pc: u32) {
        let (epc, eps, offset) = match level {
            2 => (Special::Epc2, Special::Eps2, vector::DEBUG),
            _ => (Special::Epc3, Special::Eps3, vector::NMI),
        };
        let state = self.sr(Special::Ps);
        self.set_sr(epc, pc);
        self.set_sr(eps, state);
        self.set_sr(Special::Ps, state & !ps::INTLEVEL | level | ps::EXCM);
        self.pc = self.sr(Special::Vecbase).wrapping_add(offset);
    }

    /// The last exceptions taken (interrupts excluded), oldest first.
    pub fn exceptions(&self) -> impl Iterator<Item = &Taken> {
        self.taken.iter()
    }
}
