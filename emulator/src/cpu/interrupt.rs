//! Interrupt lines, INTERRUPT, INTSET, INTCLEAR, INTENABLE, and who gets in.
//!
//! The types and levels of the fifteen interrupts are core-isa.h's.

use super::exception::Cause;
use super::special::{ps, Special};
use super::Cpu;

/// Interrupts 0-5 follow their lines.
pub const LEVEL_MASK: u32 = 0x003F;
/// Interrupt 6: CCOMPARE0.
pub const TIMER_MASK: u32 = 0x0040;
/// Interrupt 7: INTSET.
pub const SOFTWARE_MASK: u32 = 0x0080;
/// Interrupts 8-13 remember a pulse.
pub const EDGE_MASK: u32 = 0x3F00;
/// Interrupt 14: not maskable.
pub const NMI_MASK: u32 = 0x4000;

/// All interrupts of level 1.
const LEVEL1_MASK: u32 = LEVEL_MASK | TIMER_MASK | SOFTWARE_MASK | EDGE_MASK;

impl Cpu {
    /// Sets the state of the level-triggered lines 0-5; other bits are ignored.
    pub fn set_level_lines(&mut self, mask: u32) {
        self.level_lines = mask & LEVEL_MASK;
    }

    /// A pulse on each of the edge-triggered lines 8-13 in `mask`; other bits are ignored.
    pub fn latch_edge(&mut self, mask: u32) {
        self.latched |= mask & EDGE_MASK;
    }

    /// Sets the state of the NMI line: its rising edge interrupts.
    pub fn set_nmi(&mut self, asserted: bool) {
        if asserted && !self.nmi_line {
            self.latched |= NMI_MASK;
        }
        self.nmi_line = asserted;
    }

    /// The INTERRUPT register: what is pending, enabled or not.
    pub fn interrupt(&self) -> u32 {
        self.level_lines | self.latched
    }

    pub(super) fn latch_timer(&mut self) {
        self.latched |= TIMER_MASK;
    }

    pub(super) fn clear_timer(&mut self) {
        self.latched &= !TIMER_MASK;
    }

    /// WSR.INTSET reaches the software interrupt only.
    pub(super) fn intset(&mut self, value: u32) {
        self.latched |= value & SOFTWARE_MASK;
    }

    /// WSR.INTCLEAR reaches what has no other way to be cleared.
    pub(super) fn intclear(&mut self, value: u32) {
        self.latched &= !(value & (SOFTWARE_MASK | EDGE_MASK));
    }

    pub(super) fn set_intenable(&mut self, value: u32) {
        self.set_sr(Special::Intenable, value & (LEVEL1_MASK | NMI_MASK));
    }

    /// CINTLEVEL: interrupts of this level and below stay out. Exception mode counts as level 1.
    pub(super) fn current_level(&self) -> u32 {
        let state = self.sr(Special::Ps);
        (state & ps::INTLEVEL).max(u32::from(state & ps::EXCM != 0))
    }

    /// Enters the most urgent interrupt that may be taken now; true when there was one.
    ///
    /// The NMI gets in whatever PS and INTENABLE say, even into its own handler, and its
    /// latch is cleared by entering (ISA manual, high-priority interrupt option).
    pub(super) fn take_interrupt(&mut self) -> bool {
        if self.latched & NMI_MASK != 0 {
            self.latched &= !NMI_MASK;
            self.waiting = false;
            self.enter_level(3, self.pc);
            return true;
        }
        let pending = self.interrupt() & self.sr(Special::Intenable) & LEVEL1_MASK;
        if pending != 0 && self.current_level() == 0 {
            self.waiting = false;
            self.enter_exception(Cause::Level1Interrupt, self.pc);
            return true;
        }
        false
    }
}
