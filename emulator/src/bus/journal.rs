//! What the guest did that the emulator does not model or silicon forbids.
//!
//! Each thing is said once, by name and address, with the place in the code it
//! came from; a guest that loops over a mistake must not flood the log.

use std::collections::HashSet;

/// A guest that touches everything at random is cut off here.
const MAX_REPORTS: usize = 500;

/// Collects reports; the board adds the program counter when the core stops next.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    seen: HashSet<(&'static str, u32)>,
    unplaced: Vec<String>,
    lines: Vec<String>,
}

impl Journal {
    /// Reports `text` unless this `kind` was already reported for `key` (usually an address).
    pub fn once(&mut self, kind: &'static str, key: u32, text: impl FnOnce() -> String) {
        if self.seen.len() < MAX_REPORTS && self.seen.insert((kind, key)) {
            self.unplaced.push(text());
            if self.seen.len() == MAX_REPORTS {
                self.unplaced.push("further reports are suppressed".into());
            }
        }
    }

    /// Completes the waiting reports with the core's program counter. The core has
    /// already moved on, so this names the instruction after the offending one (or the exception vector).
    pub fn place(&mut self, pc: u32) {
        for text in self.unplaced.drain(..) {
            self.lines.push(format!("{text} (pc now {pc:#010x})"));
        }
    }

    /// Takes over what a device with a journal of its own has to report.
    pub fn adopt(&mut self, device: &mut Journal) {
        self.unplaced.append(&mut device.unplaced);
    }

    /// Takes the reports made so far.
    pub fn drain(&mut self) -> Vec<String> {
        self.lines.append(&mut self.unplaced);
        std::mem::take(&mut self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_mistake_is_reported_once_with_its_place() {
        let mut journal = Journal::default();
        for _ in 0..3 {
            journal.once("hole", 0x3000_0000, || "nothing at 0x30000000".into());
        }
        journal.place(0x4010_0003);
        assert_eq!(
            journal.drain(),
            ["nothing at 0x30000000 (pc now 0x40100003)"]
        );
    }

    #[test]
    fn a_guest_that_errs_everywhere_is_cut_off() {
        let mut journal = Journal::default();
        for key in 0..10_000 {
            journal.once("hole", key, || "hole".into());
        }
        assert_eq!(journal.drain().len(), MAX_REPORTS + 1);
    }
}
