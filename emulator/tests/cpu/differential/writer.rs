//! Code under construction: literals behind, branches ahead.

use crate::asm;
use crate::ram::CODE;

/// Literals stay below this.
pub const LITERALS_END: u32 = CODE + 0x4000;

/// Code being written.
pub struct Writer {
    pub code: Vec<u8>,
    pub at: u32,
    pub literals: u32,
    /// Branches whose target is so many items ahead.
    pub pending: Vec<(u32, u32, u32)>,
}

impl Writer {
    pub fn put(&mut self, word: u32) {
        let len = asm::len(word);
        self.bytes(self.at, &word.to_le_bytes()[..len]);
        self.at += len as u32;
    }
    pub fn all(&mut self, words: &[u32]) {
        words.iter().for_each(|&word| self.put(word));
    }
    pub fn bytes(&mut self, address: u32, bytes: &[u8]) {
        let start = (address - CODE) as usize;
        self.code[start..start + bytes.len()].copy_from_slice(bytes);
    }
    /// L32R of a new literal.
    pub fn constant(&mut self, register: u8, value: u32) {
        self.bytes(self.literals, &value.to_le_bytes());
        let distance = self.literals.wrapping_sub((self.at + 3) & !3);
        self.literals += 4;
        assert!(self.literals < LITERALS_END);
        self.put(asm::l32r(register, distance as i32));
    }
    /// A branch over the next `items`.
    pub fn skip(&mut self, branch: u32, items: u32) {
        self.pending.push((self.at, branch, items));
        self.put(branch);
    }
    /// To be called after every item.
    pub fn resolve_branches(&mut self) {
        for (at, branch, items) in std::mem::take(&mut self.pending) {
            // The item of the branch itself counts.
            if items > 0 {
                self.pending.push((at, branch, items - 1));
                continue;
            }
            let word = with_distance(branch, self.at - at);
            self.bytes(at, &word.to_le_bytes()[..asm::len(word)]);
        }
    }
}

/// `branch` with another distance.
fn with_distance(branch: u32, distance: u32) -> u32 {
    let imm = distance - 4;
    match (branch & 0xF, branch >> 4 & 3) {
        (0xC, _) => branch & 0x0FCF | (imm & 0xF) << 12 | (imm >> 4) << 4,
        (6, 1) => branch & 0xFFF | imm << 12,
        _ => branch & 0xFFFF | imm << 16,
    }
}
