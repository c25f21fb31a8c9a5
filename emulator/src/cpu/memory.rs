//! Loads and stores: alignment, literals, and what a refused access raises.

use super::exception::{Cause, Trap};
use super::instruction::{Instruction, Load, Store};
use super::special::Special;
use super::Cpu;
use crate::bus::{Bus, Fault, Width};

impl Cpu {
    /// Executes a load found at `pc`.
    #[inline(always)]
    pub(super) fn load<B: Bus>(
        &mut self,
        bus: &mut B,
        op: Load,
        i: Instruction,
        pc: u32,
    ) -> Result<(), Trap> {
        let address = match op {
            Load::L32r => self.literal_address(i, pc),
            _ => self.ar(i.s).wrapping_add(i.imm),
        };
        let width = match op {
            Load::L8ui => Width::Byte,
            Load::L16ui | Load::L16si => Width::Half,
            Load::L32i | Load::L32r => Width::Word,
        };
        check_alignment(address, width)?;
        let value = bus
            .load(address, width)
            .map_err(|fault| refused(fault, Cause::LoadProhibited, address))?;
        let value = if op == Load::L16si {
            value as i16 as u32
        } else {
            value
        };
        self.set_ar(i.d, value);
        Ok(())
    }

    /// Executes a load found at `pc`, if it is of plain memory; false, and nothing done, if not.
    #[inline(always)]
    pub(super) fn load_memory<B: Bus>(
        &mut self,
        bus: &B,
        op: Load,
        i: Instruction,
        pc: u32,
    ) -> bool {
        let address = match op {
            Load::L32r => self.literal_address(i, pc),
            _ => self.ar(i.s).wrapping_add(i.imm),
        };
        let value = match op {
            Load::L8ui => bus.load_memory(address, Width::Byte),
            Load::L16ui => bus.load_memory(address, Width::Half),
            Load::L16si => bus
                .load_memory(address, Width::Half)
                .map(|value| value as i16 as u32),
            Load::L32i | Load::L32r => bus.load_memory(address, Width::Word),
        };
        if let Some(value) = value {
            self.set_ar(i.d, value);
        }
        value.is_some()
    }

    /// Executes a store, if it is to plain memory; false, and nothing done, if not.
    #[inline(always)]
    pub(super) fn store_memory<B: Bus>(&mut self, bus: &mut B, op: Store, i: Instruction) -> bool {
        let address = self.ar(i.s).wrapping_add(i.imm);
        let value = self.ar(i.t);
        match op {
            Store::S8i => bus.store_memory(address, Width::Byte, value),
            Store::S16i => bus.store_memory(address, Width::Half, value),
            Store::S32i => bus.store_memory(address, Width::Word, value),
        }
    }

    /// Executes a store.
    #[inline(always)]
    pub(super) fn store<B: Bus>(
        &mut self,
        bus: &mut B,
        op: Store,
        i: Instruction,
    ) -> Result<(), Trap> {
        let address = self.ar(i.s).wrapping_add(i.imm);
        let (width, mask) = match op {
            Store::S8i => (Width::Byte, 0xFF),
            Store::S16i => (Width::Half, 0xFFFF),
            Store::S32i => (Width::Word, u32::MAX),
        };
        check_alignment(address, width)?;
        bus.store(address, width, self.ar(i.t) & mask)
            .map_err(|fault| refused(fault, Cause::StoreProhibited, address))
    }

    /// Where L32R reads: before the instruction, or from the literal base when LITBASE.0 is set.
    pub(super) fn literal_address(&self, i: Instruction, pc: u32) -> u32 {
        let litbase = self.sr(Special::Litbase);
        let base = if litbase & 1 == 0 {
            pc.wrapping_add(3) & !3
        } else {
            litbase & !0xFFF
        };
        base.wrapping_add(i.imm)
    }
}

#[inline(always)]
fn check_alignment(address: u32, width: Width) -> Result<(), Trap> {
    let mask = match width {
        Width::Byte => 0,
        Width::Half => 1,
        Width::Word => 3,
    };
    if address & mask == 0 {
        Ok(())
    } else {
        Err(Trap::at(Cause::Unaligned, address))
    }
}

/// The exception for an access that the bus refused.
#[cold]
fn refused(fault: Fault, prohibited: Cause, address: u32) -> Trap {
    match fault {
        Fault::LoadStoreError => Trap::at(Cause::LoadStoreError, address),
        // `Intercepted` is for fetches; a bus that says it here has nothing to load.
        Fault::Prohibited | Fault::Intercepted => Trap::at(prohibited, address),
    }
}
