//! The flash chip on SPI0, as the bus needs it.
//!
//! Provisional until `nor-model` lands: no timings, no power cuts.

use crate::periph::spi::SpiChip;
use crate::time::Time;

/// The chip.
pub struct Flash {
    bytes: Vec<u8>,
    write_enabled: bool,
    changes: u64,
}

impl Flash {
    /// A chip with these contents.
    pub fn new(bytes: Vec<u8>) -> Flash {
        Flash {
            bytes,
            write_enabled: false,
            changes: 0,
        }
    }

    /// True while an erase or program runs inside the chip.
    pub fn is_busy(&self, _now: Time) -> bool {
        false
    }

    /// Counts changes of the contents.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The word at `offset`, wrapped into the chip.
    pub fn word(&self, offset: u32) -> u32 {
        let at = offset as usize % self.bytes.len();
        u32::from_le_bytes([
            self.bytes[at],
            self.bytes[at + 1],
            self.bytes[at + 2],
            self.bytes[at + 3],
        ])
    }

    /// Power is back.
    pub fn power_on(&mut self) {
        self.write_enabled = false;
    }

    /// What the guest did to the chip that silicon would not thank it for.
    pub fn take_complaints(&mut self) -> Vec<String> {
        Vec::new()
    }
}

impl SpiChip for Flash {
    fn transact(
        &mut self,
        opcode: u8,
        address: Option<u32>,
        out: &[u8],
        back: &mut [u8],
        _now: Time,
    ) {
        let at = address.unwrap_or(0) as usize % self.bytes.len();
        let length = self.bytes.len();
        match opcode {
            0x03 | 0x0B | 0x3B | 0x6B | 0xBB | 0xEB => {
                for (number, byte) in back.iter_mut().enumerate() {
                    *byte = self.bytes[(at + number) % length];
                }
            }
            0x05 => back[0] = u8::from(self.write_enabled) << 1,
            0x06 => self.write_enabled = true,
            0x04 => self.write_enabled = false,
            0x9F => back.copy_from_slice(&[0xEF, 0x40, 0x16][..back.len()]),
            0x02 if self.write_enabled => {
                for (number, byte) in out.iter().enumerate() {
                    self.bytes[at & !0xFF | (at + number) & 0xFF] &= byte;
                }
                self.changes += 1;
                self.write_enabled = false;
            }
            0x20 if self.write_enabled => {
                self.bytes[at & !0xFFF..][..0x1000].fill(0xFF);
                self.changes += 1;
                self.write_enabled = false;
            }
            _ => {}
        }
    }
}
