//! Decoded instructions, remembered in runs.
//!
//! A run is straight-line code: it ends with the first instruction that may go elsewhere than to the next one, or
//! that may change what comes next. Runs are found by the address they begin at, in a direct-mapped table; two may
//! share instructions, each with its own copy. An entry counts only while its epoch is the current one: forgetting
//! everything is one addition.

use super::instruction::{Instruction, Op, System};

/// Entries of the table. Runs are some five instructions long: this is for about 64 KiB of code.
const COUNT: usize = 1 << 13;
/// Instructions kept before everything is forgotten to make room.
const ROOM: usize = 1 << 17;
/// The longest run, so that one that is left early was not decoded for nothing.
pub(super) const LONGEST: usize = 64;

/// Where a run is.
#[derive(Clone, Copy)]
pub(super) struct Run {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy)]
struct Entry {
    pc: u32,
    epoch: u32,
    run: Run,
}

const EMPTY: Entry = Entry {
    pc: 0,
    epoch: 0, // never current
    run: Run { start: 0, len: 0 },
};

/// The cache. A clone starts empty: it only ever holds what can be decoded again.
#[derive(Default)]
pub(super) struct DecodeCache {
    /// Empty, or `COUNT` of them.
    entries: Vec<Entry>,
    instructions: Vec<Instruction>,
    epoch: u32,
}

impl DecodeCache {
    /// The run that begins at `pc`, if it is here and still true.
    #[inline(always)]
    pub fn find(&self, pc: u32) -> Option<Run> {
        let entry = self.entries.get(index(pc))?;
        (entry.pc == pc && entry.epoch == self.epoch).then_some(entry.run)
    }

    /// The first instructions of a run, `most` at most.
    #[inline(always)]
    pub fn instructions(&self, run: Run, most: u64) -> &[Instruction] {
        let len = most.min(u64::from(run.len)) as usize;
        &self.instructions[run.start as usize..][..len]
    }

    /// Makes room for the longest run, and begins one.
    pub fn begin(&mut self) -> u32 {
        if self.entries.is_empty() {
            self.entries = vec![EMPTY; COUNT];
            self.epoch = 1;
        }
        if self.instructions.len() > ROOM {
            self.clear();
        }
        self.instructions.len() as u32
    }

    /// Appends to the run that was begun last.
    pub fn push(&mut self, instruction: Instruction) {
        self.instructions.push(instruction);
    }

    /// Ends the run that began at `pc` and `start`; it is found again only if `keep`.
    pub fn end(&mut self, pc: u32, start: u32, keep: bool) -> Run {
        let run = Run {
            start,
            len: self.instructions.len() as u32 - start,
        };
        let epoch = if keep { self.epoch } else { EMPTY.epoch };
        self.entries[index(pc)] = Entry { pc, epoch, run };
        run
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.instructions.clear();
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == EMPTY.epoch {
            self.entries.fill(EMPTY);
            self.epoch = EMPTY.epoch + 1;
        }
    }
}

impl Clone for DecodeCache {
    fn clone(&self) -> DecodeCache {
        DecodeCache::default()
    }
}

/// Whether nothing but the next instruction can follow, and as it was decoded. An instruction may still raise an
/// exception; stores that change code are noticed when they do.
pub(super) fn is_straight(op: Op) -> bool {
    match op {
        Op::Alu(_) | Op::Load(_) | Op::Store(_) => true,
        Op::System(op) => is_barrier(op),
        Op::Branch(_) | Op::Jump(_) => false,
    }
}

/// Instructions that only order others: nothing to do in a core that does one thing at a time.
pub(super) fn is_barrier(op: System) -> bool {
    matches!(
        op,
        System::Nop
            | System::Memw
            | System::Extw
            | System::Isync
            | System::Rsync
            | System::Esync
            | System::Dsync
            | System::Excw
    )
}

fn index(pc: u32) -> usize {
    (pc >> 1) as usize % COUNT
}
