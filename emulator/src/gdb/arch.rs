//! The LX106 as gdbstub wants it described.

use super::register::{target_xml, GENERAL_COUNT, LEN};
use crate::board::debug::Register;
use gdbstub::arch::{Arch, Registers};

/// The architecture.
pub enum Lx106 {}

impl Arch for Lx106 {
    type Usize = u32;
    type Registers = General;
    /// The instruction's length, of no interest to a breakpoint outside memory.
    type BreakpointKind = usize;
    type RegId = Register;

    fn target_description_xml() -> Option<&'static str> {
        Some(target_xml())
    }
}

/// What a `g` packet holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct General(pub [u32; GENERAL_COUNT]);

/// Place of pc among them.
const PC: usize = 16;

impl Registers for General {
    type ProgramCounter = u32;

    fn pc(&self) -> u32 {
        self.0[PC]
    }

    fn gdb_serialize(&self, mut write_byte: impl FnMut(Option<u8>)) {
        for byte in self.0.iter().flat_map(|value| value.to_le_bytes()) {
            write_byte(Some(byte));
        }
    }

    fn gdb_deserialize(&mut self, bytes: &[u8]) -> Result<(), ()> {
        if bytes.len() != GENERAL_COUNT * LEN {
            return Err(());
        }
        for (register, bytes) in self.0.iter_mut().zip(bytes.chunks_exact(LEN)) {
            *register = u32::from_le_bytes(bytes.try_into().map_err(drop)?);
        }
        Ok(())
    }
}
