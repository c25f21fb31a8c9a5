//! Special registers: their numbers, write masks and side effects.
//!
//! The set is the LX106's (core-isa.h; QEMU's lx106 table agrees). What a write
//! does beyond storing belongs to the room that owns the meaning: [`super::interrupt`],
//! `timer`, `debug`.

use super::Cpu;

/// A special register, by its number in RSR, WSR and XSR.
#[allow(missing_docs)] // the names are the architecture's
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Special {
    Sar = 3,
    Litbase = 5,
    /// Write only, for trace hardware: ignored.
    Mmid = 89,
    Ibreakenable = 96,
    Ddr = 104,
    Ibreaka0 = 128,
    Dbreaka0 = 144,
    Dbreakc0 = 160,
    Configid0 = 176,
    Epc1 = 177,
    Epc2 = 178,
    Epc3 = 179,
    Depc = 192,
    Eps2 = 194,
    Eps3 = 195,
    Configid1 = 208,
    Excsave1 = 209,
    Excsave2 = 210,
    Excsave3 = 211,
    /// Read: pending interrupts. Write: INTSET.
    Interrupt = 226,
    /// Write only.
    Intclear = 227,
    Intenable = 228,
    Ps = 230,
    Vecbase = 231,
    Exccause = 232,
    Debugcause = 233,
    Ccount = 234,
    Prid = 235,
    Icount = 236,
    Icountlevel = 237,
    Excvaddr = 238,
    Ccompare0 = 240,
}

/// How an instruction reaches a special register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// RSR.
    Read,
    /// WSR.
    Write,
    /// XSR.
    Exchange,
}

impl Special {
    /// Every special register of the core.
    pub const ALL: [Special; 32] = [
        Special::Sar,
        Special::Litbase,
        Special::Mmid,
        Special::Ibreakenable,
        Special::Ddr,
        Special::Ibreaka0,
        Special::Dbreaka0,
        Special::Dbreakc0,
        Special::Configid0,
        Special::Epc1,
        Special::Epc2,
        Special::Epc3,
        Special::Depc,
        Special::Eps2,
        Special::Eps3,
        Special::Configid1,
        Special::Excsave1,
        Special::Excsave2,
        Special::Excsave3,
        Special::Interrupt,
        Special::Intclear,
        Special::Intenable,
        Special::Ps,
        Special::Vecbase,
        Special::Exccause,
        Special::Debugcause,
        Special::Ccount,
        Special::Prid,
        Special::Icount,
        Special::Icountlevel,
        Special::Excvaddr,
        Special::Ccompare0,
    ];

    /// The register with this number, if the core has one.
    pub fn from_number(number: u8) -> Option<Special> {
        const BY_NUMBER: [Option<Special>; 256] = {
            let mut table = [None; 256];
            let mut i = 0;
            while i < Special::ALL.len() {
                table[Special::ALL[i] as usize] = Some(Special::ALL[i]);
                i += 1;
            }
            table
        };
        BY_NUMBER[usize::from(number)]
    }

    /// Whether the core has an instruction for this access; the others are illegal.
    pub fn allows(self, access: Access) -> bool {
        use Special::*;
        match self {
            Mmid | Intclear => access == Access::Write,
            Prid | Configid1 => access == Access::Read,
            Configid0 | Interrupt => access != Access::Exchange,
            _ => true,
        }
    }
}

/// The fields of PS that this core has.
pub mod ps {
    /// Current interrupt level.
    pub const INTLEVEL: u32 = 0xF;
    /// Exception mode: level 1 is masked, the next exception is a double one.
    pub const EXCM: u32 = 1 << 4;
    /// User vector mode: selects the user rather than the kernel exception vector.
    pub const UM: u32 = 1 << 5;
    /// All of them.
    pub const ALL: u32 = INTLEVEL | EXCM | UM;
    /// PS out of reset.
    pub const RESET: u32 = EXCM | INTLEVEL;
}

/// Configuration id words (RSR.176, RSR.208), facts of this chip's core.
pub(super) const CONFIGID: [u32; 2] = [0xC28C_DAFA, 0x1082_B6F6];

impl Cpu {
    /// Reads a special register as RSR does; `now` is the bus's cycle count.
    pub fn special(&self, register: Special, now: u64) -> u32 {
        match register {
            Special::Interrupt => self.interrupt(),
            Special::Ccount => self.ccount(now),
            Special::Intclear | Special::Mmid => 0,
            _ => self.sr(register),
        }
    }

    /// Writes a special register as WSR does; `now` is the bus's cycle count.
    pub fn set_special(&mut self, register: Special, value: u32, now: u64) {
        use Special::*;
        match register {
            Sar => self.set_sr(Sar, value & 0x3F),
            Litbase => self.set_sr(Litbase, value & 0xFFFF_F001),
            Ps => self.set_sr(Ps, value & ps::ALL),
            Exccause => self.set_sr(Exccause, value & 0x3F),
            Interrupt => self.intset(value),
            Intclear => self.intclear(value),
            Intenable => self.set_intenable(value),
            Ccount => self.set_ccount(value, now),
            Ccompare0 => self.set_ccompare(value, now),
            Ibreakenable => self.set_ibreakenable(value),
            Ibreaka0 => self.set_ibreaka(value),
            Dbreakc0 => self.set_dbreakc(value),
            Icountlevel => self.set_icountlevel(value),
            // Read only: written by the debug exception alone.
            Debugcause | Prid | Configid0 | Configid1 | Mmid => {}
            _ => self.set_sr(register, value),
        }
    }

    /// The stored value, without side effects.
    #[inline(always)]
    pub(super) fn sr(&self, register: Special) -> u32 {
        self.special[register as u8 as usize]
    }

    /// Stores a value, without side effects.
    #[inline(always)]
    pub(super) fn set_sr(&mut self, register: Special, value: u32) {
        self.special[register as u8 as usize] = value;
    }
}
