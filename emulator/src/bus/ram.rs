//! Data and instruction RAM.
//!
//! Knows which lines of instruction RAM were ever fetched, so that a store to
//! data kept in IRAM does not make the core throw its decoded instructions away.

use super::map::{CACHE_BANK_0, CACHE_BANK_1, DRAM, IRAM};
use super::{Dma, Width};
use crate::periph::rng::Rng;
use core::ops::Range;

const DRAM_LEN: usize = (DRAM.end - DRAM.start) as usize;
const IRAM_LEN: usize = (IRAM.end - IRAM.start) as usize;
/// Granularity of "was this fetched": 64 bytes.
const LINE_SHIFT: u32 = 6;

/// Both RAMs; offsets are from the start of each.
#[derive(Clone)]
pub struct Ram {
    dram: Box<[u8; DRAM_LEN]>,
    iram: Vec<u8>,
    fetched: Vec<bool>,
}

impl Ram {
    /// RAM as power-on leaves it: noise.
    pub fn powered_up(noise: &mut Rng) -> Ram {
        let mut ram = Ram {
            dram: Box::new([0; DRAM_LEN]),
            iram: vec![0; IRAM_LEN],
            fetched: vec![false; IRAM_LEN >> LINE_SHIFT],
        };
        noise.fill(&mut ram.dram[..]);
        noise.fill(&mut ram.iram);
        ram
    }

    /// Loads from data RAM.
    #[inline(always)]
    pub fn load(&self, offset: u32, width: Width) -> u32 {
        let at = offset as usize;
        match width {
            Width::Byte => u32::from(self.dram[at]),
            Width::Half => u32::from(u16::from_le_bytes([self.dram[at], self.dram[at + 1]])),
            Width::Word => word(&self.dram[..], at),
        }
    }

    /// Stores to data RAM.
    #[inline(always)]
    pub fn store(&mut self, offset: u32, width: Width, value: u32) {
        let at = offset as usize;
        let bytes = value.to_le_bytes();
        match width {
            Width::Byte => self.dram[at] = bytes[0],
            Width::Half => self.dram[at..at + 2].copy_from_slice(&bytes[..2]),
            Width::Word => self.dram[at..at + 4].copy_from_slice(&bytes),
        }
    }

    /// Loads a word of instruction RAM as data.
    pub fn load_iram(&self, offset: u32) -> u32 {
        word(&self.iram, offset as usize)
    }

    /// Loads a word of instruction RAM as instructions.
    pub fn fetch_iram(&mut self, offset: u32) -> u32 {
        self.fetched[(offset >> LINE_SHIFT) as usize] = true;
        word(&self.iram, offset as usize)
    }

    /// Stores a word of instruction RAM; true when that line had been fetched from.
    pub fn store_iram(&mut self, offset: u32, value: u32) -> bool {
        let at = offset as usize;
        self.iram[at..at + 4].copy_from_slice(&value.to_le_bytes());
        self.fetched[(offset >> LINE_SHIFT) as usize]
    }

    /// Forgets what was fetched: the core will fetch everything again.
    pub fn forget_fetched(&mut self) {
        self.fetched.fill(false);
    }

    /// Fills a bank with noise: the cache has overwritten it.
    pub fn scramble_bank(&mut self, bank: usize, noise: &mut Rng) {
        let Range { start, end } = if bank == 0 {
            CACHE_BANK_0
        } else {
            CACHE_BANK_1
        };
        noise.fill(&mut self.iram[(start - IRAM.start) as usize..(end - IRAM.start) as usize]);
    }
}

fn word(memory: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([memory[at], memory[at + 1], memory[at + 2], memory[at + 3]])
}

/// The part of data RAM that `address` and `length` name, if all of it is there.
fn dram_range(address: u32, length: usize) -> Option<Range<usize>> {
    let start = address.checked_sub(DRAM.start)? as usize;
    let end = start.checked_add(length)?;
    (end <= DRAM_LEN).then_some(start..end)
}

impl Dma for Ram {
    fn read(&self, address: u32, buffer: &mut [u8]) -> bool {
        match dram_range(address, buffer.len()) {
            Some(range) => {
                buffer.copy_from_slice(&self.dram[range]);
                true
            }
            None => false,
        }
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> bool {
        match dram_range(address, bytes.len()) {
            Some(range) => {
                self.dram[range].copy_from_slice(bytes);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dma_reaches_data_ram_and_nothing_else() {
        let mut ram = Ram::powered_up(&mut Rng::new(1));
        assert!(ram.write(0x3FFF_FFFC, &[1, 2, 3, 4]));
        assert!(
            !ram.write(0x3FFF_FFFD, &[1, 2, 3, 4]),
            "one byte past the end"
        );
        assert!(!ram.write(0x4010_0000, &[0]), "instruction RAM");
        assert!(!ram.write(0x3FFE_7FFF, &[0]), "one byte before the start");
        let mut back = [0; 4];
        assert!(ram.read(0x3FFF_FFFC, &mut back));
        assert_eq!(back, [1, 2, 3, 4]);
    }

    #[test]
    fn only_stores_to_fetched_lines_disturb_decoded_code() {
        let mut ram = Ram::powered_up(&mut Rng::new(1));
        assert!(!ram.store_iram(0x40, 7));
        assert_eq!(ram.fetch_iram(0x44), ram.load_iram(0x44));
        assert!(ram.store_iram(0x40, 8));
        assert!(!ram.store_iram(0x80, 8), "the next line was not fetched");
        ram.forget_fetched();
        assert!(!ram.store_iram(0x40, 9));
    }
}
