//! The block's words as plain storage.

use super::registers::exists;

/// Bytes of the block.
const LEN: usize = 0x2000;

/// What was last written to each word; 0 before.
#[derive(Clone, Debug)]
pub struct Words(Vec<u32>);

impl Words {
    /// All zero, as after a reset.
    pub fn new() -> Words {
        Words(vec![0; LEN / 4])
    }

    /// The word at `offset`; 0 outside the block.
    pub fn get(&self, offset: u32) -> u32 {
        self.0.get(offset as usize / 4).copied().unwrap_or(0)
    }

    /// The same for the guest: `None` where no word exists and nothing was written.
    pub fn load(&self, offset: u32) -> Option<u32> {
        let word = self.get(offset);
        (exists(offset) || word != 0).then_some(word)
    }

    /// Stores a word; returns what was there.
    pub fn set(&mut self, offset: u32, value: u32) -> u32 {
        let word = self.0.get_mut(offset as usize / 4);
        word.map_or(0, |word| core::mem::replace(word, value))
    }

    /// One more in a counter.
    pub fn count(&mut self, counter: u32) {
        self.set(counter, self.get(counter).wrapping_add(1));
    }

    /// Two neighbouring words, low first.
    pub fn pair(&self, low: u32) -> u64 {
        u64::from(self.get(low)) | u64::from(self.get(low + 4)) << 32
    }
}
