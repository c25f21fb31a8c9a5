//! The core one instruction at a time, and what each of them did.

use super::debug::Control;
use super::{Machine, Stop};
use crate::bus::map::Region;
use crate::bus::Bus;
use crate::cpu::decode::decode;
use crate::cpu::exception::vector;
use crate::cpu::{Accesses, Instruction, Special};
use crate::time::Time;
use core::fmt::{self, Display, Formatter};

/// One step of the core. Its text is a line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Core cycles since power-on, before the step.
    pub cycle: u64,
    /// Where the core stood.
    pub pc: u32,
    /// What was there; `None` in the mask ROM, and where nothing can be fetched.
    pub instruction: Option<Instruction>,
    /// Address registers that have another value now.
    pub changed: Vec<(u8, u32)>,
    /// The register of the chip that was accessed.
    pub register: Option<RegisterAccess>,
    /// The vector it went to, by an exception or interrupt, instead of what the instruction
    /// does; and EXCCAUSE.
    pub vector: Option<(u32, u32)>,
}

/// A load from or store to a register of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterAccess {
    /// Its address.
    pub address: u32,
    /// What was loaded or stored.
    pub value: u32,
    /// Which of the two.
    pub is_store: bool,
}

/// The state before a step.
struct Before {
    step: Step,
    registers: [u32; 16],
    access: Option<(Accesses, u32)>,
}

impl Machine {
    /// Runs like [`Machine::run_until`], and shows each step. A debugger's hold and breakpoints
    /// do not count meanwhile. What the board does and when stays the same.
    pub fn trace_until(&mut self, deadline: Time, see: &mut dyn FnMut(&Step)) -> Stop {
        loop {
            let before = Before::of(self);
            self.step(0..0);
            let stop = self.run_until(deadline);
            self.control = Control::Run;
            match stop {
                Stop::Stepped => see(&before.after(self)),
                stop => return stop,
            }
        }
    }
}

impl Before {
    fn of(machine: &mut Machine) -> Before {
        let pc = machine.cpu.pc();
        let mut bytes = [0; 4];
        let instruction = match Region::of(pc) {
            // A fetch from registers is refused; looking at them could change them.
            Region::Register(_) => None,
            _ => {
                (machine.read_memory(pc, &mut bytes) > 0).then(|| decode(u32::from_le_bytes(bytes)))
            }
        };
        let access = instruction.and_then(|i| machine.cpu.memory_access(i, pc));
        Before {
            step: Step {
                cycle: machine.cycles(),
                pc,
                instruction,
                changed: Vec::new(),
                register: None,
                vector: None,
            },
            registers: core::array::from_fn(|n| machine.cpu.ar(n as u8)),
            access,
        }
    }

    fn after(self, machine: &Machine) -> Step {
        let mut step = self.step;
        let cpu = &machine.cpu;
        step.vector = entered_vector(machine, step.pc);
        step.changed = (0..16)
            .map(|n| (n, cpu.ar(n)))
            .filter(|&(n, value)| value != self.registers[usize::from(n)])
            .collect();
        if let (Some(i), Some((kind, address)), None) = (step.instruction, self.access, step.vector)
        {
            if matches!(Region::of(address), Region::Register(_)) {
                let is_store = kind == Accesses::Stores;
                let value = match is_store {
                    true => self.registers[usize::from(i.t & 15)],
                    false => cpu.ar(i.d),
                };
                step.register = Some(RegisterAccess {
                    address,
                    value,
                    is_store,
                });
            }
        }
        step
    }
}

/// The vector the core is at, if it came there from `pc` without executing what is there.
fn entered_vector(machine: &Machine, pc: u32) -> Option<(u32, u32)> {
    let now = machine.bus.cycles();
    let special = |register| machine.cpu.special(register, now);
    let at = machine.cpu.pc();
    let saved = match at.wrapping_sub(special(Special::Vecbase)) {
        vector::KERNEL | vector::USER => Special::Epc1,
        vector::DOUBLE => Special::Depc,
        vector::DEBUG => Special::Epc2,
        vector::NMI => Special::Epc3,
        _ => return None,
    };
    (special(saved) == pc).then(|| (at, special(Special::Exccause)))
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{:>12} {:08x}  ", self.cycle, self.pc)?;
        match self.instruction {
            Some(instruction) => write!(f, "{:<28}", instruction.to_string())?,
            None if matches!(Region::of(self.pc), Region::Rom(_)) => {
                write!(f, "{:<28}", "(mask ROM)")?;
            }
            None => write!(f, "{:<28}", "(nothing to fetch)")?,
        }
        if let Some((vector, cause)) = self.vector {
            write!(f, " -> vector {vector:08x}, cause {cause}")?;
        }
        for (number, value) in &self.changed {
            write!(f, " a{number}={value:08x}")?;
        }
        if let Some(access) = self.register {
            let arrow = if access.is_store { "<-" } else { "->" };
            write!(f, " [{:08x}] {arrow} {:08x}", access.address, access.value)?;
        }
        Ok(())
    }
}
