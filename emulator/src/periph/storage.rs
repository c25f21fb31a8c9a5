//! A register block that only remembers what was written to it.
//!
//! Enough for the IO mux and for the RF and baseband blocks, whose effects are
//! analog (hardware facts 5.6, 5.10; radio facts 9a).

/// RAM-backed registers.
#[derive(Clone, Debug)]
pub struct Storage {
    words: Vec<u32>,
}

impl Storage {
    /// `length` bytes of registers, all zero.
    pub fn new(length: u32) -> Storage {
        Storage {
            words: vec![0; length as usize / 4],
        }
    }

    /// The word last written at `offset`; `None` outside the block.
    pub fn read(&self, offset: u32) -> Option<u32> {
        self.words.get(offset as usize / 4).copied()
    }

    /// Remembers a word; `None` outside the block.
    pub fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        *self.words.get_mut(offset as usize / 4)? = value;
        Some(())
    }
}
