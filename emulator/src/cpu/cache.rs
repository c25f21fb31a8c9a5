//! Decoded instructions, remembered by address.
//!
//! Direct-mapped. Instructions are at least two bytes apart, so indexing by half
//! word never lets neighbours of a 32 KiB stretch of code evict each other. An
//! entry counts only while its epoch is the current one: forgetting everything
//! is one addition.

use super::instruction::{Instruction, Op, System};

/// Entries: covers 32 KiB of code without conflicts.
const COUNT: usize = 1 << 14;

#[derive(Clone, Copy)]
struct Entry {
    pc: u32,
    epoch: u32,
    instruction: Instruction,
}

const EMPTY: Entry = Entry {
    pc: 0,
    epoch: 0, // never current
    instruction: Instruction {
        op: Op::System(System::Unknown),
        len: 3,
        d: 0,
        s: 0,
        t: 0,
        imm: 0,
    },
};

/// The cache. A clone starts empty: it only ever holds what can be decoded again.
pub(super) struct DecodeCache {
    entries: Box<[Entry; COUNT]>,
    epoch: u32,
}

impl DecodeCache {
    pub fn new() -> DecodeCache {
        let entries = vec![EMPTY; COUNT].into_boxed_slice();
        match entries.try_into() {
            Ok(entries) => DecodeCache { entries, epoch: 1 },
            Err(_) => unreachable!("the slice was made with this length"),
        }
    }

    /// Whether the instruction at `pc` is here and still true.
    #[inline(always)]
    pub fn holds(&self, pc: u32) -> bool {
        let entry = &self.entries[index(pc)];
        entry.pc == pc && entry.epoch == self.epoch
    }

    /// The instruction that was put here for `pc`, or another with the same place.
    #[inline(always)]
    pub fn place(&self, pc: u32) -> Instruction {
        // Field by field: copied as a whole it would travel through the stack.
        let Instruction {
            op,
            len,
            d,
            s,
            t,
            imm,
        } = &self.entries[index(pc)].instruction;
        Instruction {
            op: *op,
            len: *len,
            d: *d,
            s: *s,
            t: *t,
            imm: *imm,
        }
    }

    /// Puts the instruction at `pc` in its place; it stays true only if `keep`.
    pub fn put(&mut self, pc: u32, instruction: Instruction, keep: bool) {
        let epoch = if keep { self.epoch } else { EMPTY.epoch };
        self.entries[index(pc)] = Entry {
            pc,
            epoch,
            instruction,
        };
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == EMPTY.epoch {
            self.entries.fill(EMPTY);
            self.epoch = EMPTY.epoch + 1;
        }
    }
}

impl Clone for DecodeCache {
    fn clone(&self) -> DecodeCache {
        DecodeCache::new()
    }
}

fn index(pc: u32) -> usize {
    (pc >> 1) as usize % COUNT
}
