//! Loads and stores of ROM routines, and the exceptions they end in.

use crate::bus::{Bus, Fault, SystemBus, Width};
use crate::cpu::exception::Cause;
use crate::cpu::special::Special;
use crate::cpu::{Accesses, Cpu};

const ROM_VECBASE: u32 = 0x4000_0000;

/// An access the chip refuses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Denied {
    pub cause: Cause,
    pub address: u32,
}

/// True when the guest has exception vectors of its own: what would fault in the ROM's byte
/// loops, its handler would emulate. The re-implemented loops have no instructions for such
/// a handler to read, so the emulation is done for it (hardware facts 1.5).
fn guest_handles_faults(cpu: &Cpu, bus: &SystemBus) -> bool {
    cpu.special(Special::Vecbase, bus.cycles()) != ROM_VECBASE
}

/// A load, as the routine's instructions would do it.
pub(super) fn load(
    cpu: &mut Cpu,
    bus: &mut SystemBus,
    address: u32,
    width: Width,
) -> Result<u32, Denied> {
    if width == Width::Word && address & 3 != 0 {
        return Err(Denied {
            cause: Cause::Unaligned,
            address,
        });
    }
    cpu.watch(Accesses::Loads, address, width);
    match bus.load(address, width) {
        Err(Fault::LoadStoreError) if width == Width::Byte && guest_handles_faults(cpu, bus) => bus
            .load(address & !3, Width::Word)
            .map(|word| word >> (8 * (address & 3)) & 0xFF),
        result => result,
    }
    .map_err(|fault| explain(fault, Cause::LoadProhibited, address))
}

/// A store, as the routine's instructions would do it.
pub(super) fn store(
    cpu: &mut Cpu,
    bus: &mut SystemBus,
    address: u32,
    width: Width,
    value: u32,
) -> Result<(), Denied> {
    if width == Width::Word && address & 3 != 0 {
        return Err(Denied {
            cause: Cause::Unaligned,
            address,
        });
    }
    cpu.watch(Accesses::Stores, address, width);
    match bus.store(address, width, value) {
        Err(Fault::LoadStoreError) if width == Width::Byte && guest_handles_faults(cpu, bus) => {
            let shift = 8 * (address & 3);
            bus.load(address & !3, Width::Word).and_then(|word| {
                let merged = word & !(0xFF << shift) | (value & 0xFF) << shift;
                bus.store(address & !3, Width::Word, merged)
            })
        }
        result => result,
    }
    .map_err(|fault| explain(fault, Cause::StoreProhibited, address))
}

fn explain(fault: Fault, prohibited: Cause, address: u32) -> Denied {
    let cause = match fault {
        Fault::LoadStoreError => Cause::LoadStoreError,
        Fault::Prohibited | Fault::Intercepted => prohibited,
    };
    Denied { cause, address }
}
