//! A user's own copy of the mask ROM, for the core to execute.
//!
//! This repository has none of it: it is Espressif's. Whoever has read one out of
//! a chip (esptool's `dump_mem 0x40000000 65536`) can have it executed in place of
//! the re-implementation in this module, which it also judges.

use core::fmt::{self, Display, Formatter};
use std::sync::Arc;

/// Bytes of the mask ROM.
pub const LEN: usize = 0x1_0000;
/// The word esptool recognises the chip by (hardware facts 3.3).
pub const CHIP_WORD: (u32, u32) = (0x1000, 0xFFF0_C101);
/// Offset of the reset vector, and J, the only instruction that fits it.
const RESET_VECTOR: usize = 0x80;
const JUMP: (u8, u8) = (0x3F, 0x06);

/// The bytes at 0x40000000 to 0x4000FFFF.
#[derive(Clone)]
pub struct Dump(Arc<[u8]>);

/// Why bytes are not an ESP8266's mask ROM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotARom {
    /// Not 64 KiB, but this many bytes.
    Length(usize),
    /// 64 KiB that start as no ESP8266 does.
    Contents,
}

impl Display for NotARom {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            NotARom::Length(length) => {
                write!(f, "the ESP8266's mask ROM has {LEN} bytes, this has {length}")
            }
            NotARom::Contents => write!(f, "this is not the ESP8266's mask ROM: no reset vector, or another chip's word at 0x1000"),
        }
    }
}

impl core::error::Error for NotARom {}

impl Dump {
    /// Takes a dump for what it is.
    ///
    /// # Errors
    ///
    /// [`NotARom`] for anything that cannot be one. A dump with a wrong byte in the middle passes.
    pub fn new(bytes: Vec<u8>) -> Result<Dump, NotARom> {
        if bytes.len() != LEN {
            return Err(NotARom::Length(bytes.len()));
        }
        let dump = Dump(bytes.into());
        let starts = dump.0[RESET_VECTOR] & JUMP.0 == JUMP.1;
        if !starts || dump.word(CHIP_WORD.0) != CHIP_WORD.1 {
            return Err(NotARom::Contents);
        }
        Ok(dump)
    }

    /// The word at this offset, a multiple of four inside the ROM.
    pub(crate) fn word(&self, offset: u32) -> u32 {
        let at = offset as usize;
        u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank() -> Vec<u8> {
        vec![0; LEN]
    }

    #[test]
    fn a_file_of_another_size_is_no_rom() {
        for length in [0, LEN - 1, LEN + 1] {
            assert_eq!(
                Dump::new(vec![0; length]).err(),
                Some(NotARom::Length(length))
            );
        }
    }

    #[test]
    fn sixty_four_kilobytes_of_something_else_are_no_rom() {
        let mut bytes = blank();
        assert_eq!(Dump::new(bytes.clone()).err(), Some(NotARom::Contents));
        bytes[RESET_VECTOR] = 0x06;
        assert_eq!(Dump::new(bytes.clone()).err(), Some(NotARom::Contents));
        bytes[0x1000..0x1004].copy_from_slice(&CHIP_WORD.1.to_le_bytes());
        assert_eq!(Dump::new(bytes).unwrap().word(0x1000), CHIP_WORD.1);
    }
}
