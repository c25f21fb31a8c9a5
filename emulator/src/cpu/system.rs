//! Instructions on processor state: special registers, returns, WAITI, barriers.

use super::debug::DebugCause;
use super::exception::{Cause, Trap};
use super::instruction::{Instruction, System, Tlb};
use super::special::{ps, Special};
use super::Cpu;

/// What the run loop has to do after an instruction of this class.
pub(super) enum Outcome {
    /// Nothing.
    Done,
    /// Look at the interrupts again: their masks may have changed.
    Recheck,
    /// The same, after a return that refills the pipeline.
    Return,
    /// Take an exception.
    Trap(Cause),
    /// Take the debug exception, if its level is not masked.
    Debug(DebugCause),
}

impl Cpu {
    /// Executes one instruction; `self.pc` is already the next one.
    pub(super) fn system(&mut self, op: System, i: Instruction, now: u64) -> Outcome {
        match op {
            System::Nop
            | System::Memw
            | System::Extw
            | System::Isync
            | System::Rsync
            | System::Esync
            | System::Dsync
            | System::Excw => Outcome::Done,
            System::Rsr | System::Wsr | System::Xsr => self.access_special(op, i, now),
            System::Rsil => {
                let state = self.sr(Special::Ps);
                self.set_ar(i.d, state);
                self.set_intlevel(i.s);
                Outcome::Recheck
            }
            System::Waiti => {
                self.set_intlevel(i.s);
                self.waiting = true;
                Outcome::Recheck
            }
            System::Rfe => {
                self.set_sr(Special::Ps, self.sr(Special::Ps) & !ps::EXCM);
                self.pc = self.sr(Special::Epc1);
                self.note_handler_return();
                Outcome::Return
            }
            System::Rfde => {
                self.pc = self.sr(Special::Depc);
                Outcome::Return
            }
            System::Rfi => match i.s {
                2 => self.return_from(Special::Epc2, Special::Eps2),
                3 => self.return_from(Special::Epc3, Special::Eps3),
                _ => Outcome::Trap(Cause::IllegalInstruction),
            },
            System::Syscall => Outcome::Trap(Cause::Syscall),
            System::Break if i.len == 2 => Outcome::Debug(DebugCause::BreakNarrow),
            System::Break => Outcome::Debug(DebugCause::Break),
            System::Ill | System::Unknown | System::Simcall | System::Rfdo | System::Rfdd => {
                Outcome::Trap(Cause::IllegalInstruction)
            }
            // Nothing is known to sit on this chip's external register port.
            System::Rer => {
                self.set_ar(i.d, 0);
                Outcome::Done
            }
            System::Wer => Outcome::Done,
            System::Tlb(access, instruction_side) => {
                self.tlb(access, instruction_side, i);
                Outcome::Done
            }
        }
    }

    fn access_special(&mut self, op: System, i: Instruction, now: u64) -> Outcome {
        let Some(register) = Special::from_number(i.imm as u8) else {
            return Outcome::Trap(Cause::IllegalInstruction);
        };
        let new = self.ar(i.t);
        if op != System::Wsr {
            let old = self.special(register, now);
            self.set_ar(i.d, old);
        }
        if op == System::Rsr {
            return Outcome::Done;
        }
        self.set_special(register, new, now);
        Outcome::Recheck
    }

    fn set_intlevel(&mut self, level: u8) {
        let state = self.sr(Special::Ps) & !ps::INTLEVEL | u32::from(level & 15);
        self.set_sr(Special::Ps, state);
    }

    fn return_from(&mut self, epc: Special, eps: Special) -> Outcome {
        self.pc = self.sr(epc);
        self.set_sr(Special::Ps, self.sr(eps) & ps::ALL);
        Outcome::Return
    }

    /// Region attributes: eight fixed regions of 512 MiB on each side, kept but not
    /// enforced (the bus refuses what the ROM's attributes refuse, region 0).
    fn tlb(&mut self, access: Tlb, instruction_side: bool, i: Instruction) {
        const REGION_MASK: u32 = 0xE000_0000;
        let address = self.ar(i.s);
        let attributes = &mut self.region_attributes[usize::from(instruction_side)];
        let attribute = &mut attributes[(address >> 29) as usize];
        let virtual_part = address & REGION_MASK;
        let physical_part = virtual_part | u32::from(*attribute);
        match access {
            Tlb::Write => *attribute = (self.ar[usize::from(i.t & 15)] & 0xF) as u8,
            Tlb::Invalidate => {}
            Tlb::Probe => self.set_ar(i.d, virtual_part | 1),
            Tlb::Read0 => self.set_ar(i.d, virtual_part),
            Tlb::Read1 => self.set_ar(i.d, physical_part),
        }
    }
}

impl From<Cause> for Trap {
    fn from(cause: Cause) -> Trap {
        Trap::new(cause)
    }
}
