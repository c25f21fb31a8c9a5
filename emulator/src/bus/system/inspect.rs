//! The bus for a debugger: what it sees and changes without taking part.
//!
//! RAM and flash are looked at without the guest, the journal or time noticing.
//! Registers have no such view: a debugger that reads one does to the device what
//! the guest's load would do.

use super::{Region, SystemBus, MEGABYTE};
use crate::bus::{Dma, Width};

impl SystemBus {
    /// Reads into `bytes` from `address` on; how many could be read. The flash window shows
    /// flash even while the cache is off; the mask ROM has bytes only if the user brought them.
    pub fn inspect(&mut self, address: u32, bytes: &mut [u8]) -> usize {
        let mut done = 0;
        while done < bytes.len() {
            let at = address.wrapping_add(done as u32);
            let Some(word) = self.inspect_word(at & !3) else {
                break;
            };
            let word = &word.to_le_bytes()[(at & 3) as usize..];
            let count = word.len().min(bytes.len() - done);
            bytes[done..done + count].copy_from_slice(&word[..count]);
            done += count;
        }
        done
    }

    /// Writes `bytes` at `address`: to RAM, or whole words to registers. `false`, with
    /// what comes before done, where neither is.
    #[must_use]
    pub fn patch(&mut self, address: u32, bytes: &[u8]) -> bool {
        let mut done = 0;
        while done < bytes.len() {
            let at = address.wrapping_add(done as u32);
            let count = (4 - (at & 3) as usize).min(bytes.len() - done);
            if !self.patch_word(at, &bytes[done..done + count]) {
                return false;
            }
            done += count;
        }
        true
    }

    fn inspect_word(&mut self, address: u32) -> Option<u32> {
        match Region::of(address) {
            Region::Dram(offset) => Some(self.ram.load(offset, Width::Word)),
            Region::Iram(_) if self.is_cache_memory(address) => None,
            Region::Iram(offset) => Some(self.ram.load_iram(offset)),
            Region::Window(offset) => {
                let nor = self.flash.nor();
                let at = self.devices.dport.megabyte() * MEGABYTE + offset;
                let mut bytes = [0; 4];
                nor.peek(at % nor.chip().len, &mut bytes);
                Some(u32::from_le_bytes(bytes))
            }
            Region::Register(_) => {
                let now = self.clock.now();
                Some(self.devices.read(address, now).unwrap_or(0))
            }
            Region::Rom(offset) => self.dump.as_ref().map(|dump| dump.word(offset)),
            Region::Nothing => None,
        }
    }

    /// Writes bytes that lie within one word.
    fn patch_word(&mut self, address: u32, bytes: &[u8]) -> bool {
        match (Region::of(address), bytes) {
            (Region::Dram(_), _) => self.ram.write(address, bytes),
            (Region::Iram(_), _) if self.is_cache_memory(address) => false,
            (Region::Iram(offset), _) => {
                let (word, within) = (offset & !3, (offset & 3) as usize);
                let mut merged = self.ram.load_iram(word).to_le_bytes();
                merged[within..within + bytes.len()].copy_from_slice(bytes);
                if self.ram.store_iram(word, u32::from_le_bytes(merged)) {
                    self.invalidate_code();
                }
                true
            }
            (Region::Register(_), &[a, b, c, d]) => {
                self.store_register(address, u32::from_le_bytes([a, b, c, d]));
                true
            }
            _ => false,
        }
    }
}
