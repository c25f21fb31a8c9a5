//! DMA descriptors (docs/wifi-mac-registers.md, section 2).

use crate::bus::Dma;

const START: u32 = 1 << 29;
const END: u32 = 1 << 30;
const HARDWARE: u32 = 1 << 31;

/// Twelve bytes in data RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Where it is.
    pub address: u32,
    flags: u32,
    /// Where its buffer is.
    pub buffer: u32,
    /// The next one; 0 = none.
    pub next: u32,
}

impl Descriptor {
    /// Reads one; `None` where there is no data RAM.
    pub fn load(address: u32, memory: &dyn Dma) -> Option<Descriptor> {
        let mut bytes = [0; 12];
        if !address.is_multiple_of(4) || !memory.read(address, &mut bytes) {
            return None;
        }
        let word = |at: usize| u32::from_le_bytes(core::array::from_fn(|byte| bytes[at + byte]));
        Some(Descriptor {
            address,
            flags: word(0),
            buffer: word(4),
            next: word(8),
        })
    }

    /// Bytes its buffer holds.
    pub fn size(&self) -> usize {
        (self.flags & 0xfff) as usize
    }

    /// Bytes in use.
    pub fn length(&self) -> usize {
        (self.flags >> 12 & 0xfff) as usize
    }

    /// The frame ends here.
    pub fn is_end(&self) -> bool {
        self.flags & END != 0
    }

    /// Handed over to the hardware.
    pub fn is_hardwares(&self) -> bool {
        self.flags & HARDWARE != 0
    }

    /// Notes `length` bytes of a frame in it. The size, what software keeps in bits 24..28, and the owner stay.
    pub fn fill(&self, length: usize, start: bool, end: bool, memory: &mut dyn Dma) -> bool {
        let mut flags = self.flags & 0x9f00_0fff | (length as u32) << 12;
        if start {
            flags |= START;
        }
        if end {
            flags |= END;
        }
        memory.write(self.address, &flags.to_le_bytes())
    }
}
