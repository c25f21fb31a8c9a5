//! Data RAM: 0x3FFE8000..0x40000000.

use d1_emulator::bus::Dma;

const BASE: u32 = 0x3ffe_8000;
const LEN: usize = 0x1_8000;

pub struct Ram {
    bytes: Vec<u8>,
    used: u32,
}

impl Ram {
    pub fn new() -> Ram {
        Ram {
            bytes: vec![0xa5; LEN],
            used: 0,
        }
    }

    /// Reserves `len` bytes.
    pub fn reserve(&mut self, len: usize) -> u32 {
        let address = BASE + self.used;
        self.used += len.next_multiple_of(4) as u32;
        assert!(self.used as usize <= LEN, "RAM full");
        address
    }

    pub fn word(&self, address: u32) -> u32 {
        let mut bytes = [0; 4];
        assert!(self.read(address, &mut bytes));
        u32::from_le_bytes(bytes)
    }

    pub fn set_word(&mut self, address: u32, value: u32) {
        assert!(self.write(address, &value.to_le_bytes()));
    }

    pub fn copy(&self, address: u32, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        assert!(self.read(address, &mut bytes));
        bytes
    }

    fn range(address: u32, len: usize) -> Option<core::ops::Range<usize>> {
        let start = address.checked_sub(BASE)? as usize;
        (start + len <= LEN).then_some(start..start + len)
    }
}

impl Dma for Ram {
    fn read(&self, address: u32, buffer: &mut [u8]) -> bool {
        match Ram::range(address, buffer.len()) {
            Some(range) => buffer.copy_from_slice(&self.bytes[range]),
            None => return false,
        }
        true
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> bool {
        match Ram::range(address, bytes.len()) {
            Some(range) => self.bytes[range].copy_from_slice(bytes),
            None => return false,
        }
        true
    }
}
