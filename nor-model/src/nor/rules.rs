//! What every operation must pass: readiness, the latch, protection, the clock, a planned cut.

use std::ops::Range;

use crate::array::Array;
use crate::chip::PAGE_LEN;
use crate::nor::suspend::{Running, Task, Work};
use crate::nor::Nor;
use crate::power::{CutPoint, Kind};
use crate::protect;
use crate::violation::Violation;

/// Beyond this many, violations are counted but not kept: a guest in a loop must not fill memory.
const KEPT_VIOLATIONS: usize = 4096;

impl Nor {
    /// Ends what is running when its time is over: the latch drops with it.
    pub(super) fn settle(&mut self, now_ps: u64) {
        let over = |running: &mut Running| running.until <= now_ps;
        if let Some(running) = self.running.take_if(over) {
            self.status.write_enabled = false;
            if let Task::Suspending(work) = running.task {
                self.suspended = Some(work);
            }
        }
    }

    /// True when the chip has power and is awake; sleep is noted.
    pub(crate) fn hears(&mut self, opcode: u8, now_ps: u64) -> bool {
        if !self.powered {
            return false;
        }
        self.settle(now_ps);
        if self.asleep {
            self.note(Violation::Asleep { opcode });
        }
        !self.asleep
    }

    /// True when the chip listens to `opcode`; otherwise the misuse is noted.
    pub(super) fn is_ready_for(&mut self, opcode: u8, now_ps: u64) -> bool {
        if !self.hears(opcode, now_ps) {
            return false;
        }
        let busy = self.running.is_some();
        if busy {
            self.note(Violation::Busy { opcode });
        }
        !busy
    }

    pub(super) fn takes_write_enable(&mut self, opcode: u8) -> bool {
        if !self.status.write_enabled {
            self.note(Violation::NotWriteEnabled { opcode });
        }
        self.status.write_enabled
    }

    /// True when `range` is protected: the command is dropped and the latch with it.
    pub(super) fn is_refused(&mut self, address: u32, range: Range<u32>) -> bool {
        let refused = protect::is_protected(self.status, self.chip.len, range);
        if refused {
            self.note(Violation::Protected { address });
            self.status.write_enabled = false;
        }
        refused
    }

    /// Counts an operation, changes the cells, and lets a planned cut strike.
    pub(super) fn change(
        &mut self,
        kind: Kind,
        range: Range<u32>,
        duration: u64,
        now_ps: u64,
        apply: impl FnOnce(&mut Array),
    ) {
        self.operations += 1;
        let cut = match self.planned_cut {
            Some(planned) if planned.operation == self.operations => {
                self.planned_cut = None;
                Some(planned.at)
            }
            _ => None,
        };
        if cut == Some(CutPoint::Before) {
            return self.lose_power();
        }
        let before = self.array.before(range.start, range.end - range.start);
        apply(&mut self.array);
        self.generation += 1;
        self.keep_cut_chips(kind, range.clone(), &before);
        if cut.is_none() && self.weak_operations > 0 {
            self.weak_operations -= 1;
            crate::power::tear(&mut self.array, kind, &before, 128, &mut self.seed);
        }
        match cut {
            Some(at) => self.cut(kind, &before, at),
            None => self.run(
                duration,
                now_ps,
                Task::Work(Work {
                    kind,
                    range,
                    before,
                    duration,
                    done: 0,
                }),
            ),
        }
    }

    pub(super) fn run(&mut self, duration: u64, now_ps: u64, task: Task) {
        self.running = Some(Running {
            since: now_ps,
            until: now_ps.saturating_add(duration),
            task,
        });
    }

    pub(super) fn note(&mut self, violation: Violation) {
        self.violation_count += 1;
        if self.violations.len() < KEPT_VIOLATIONS {
            self.violations.push(violation);
        }
    }

    pub(super) fn note_beyond_end(&mut self, address: u32) {
        if address >= self.chip.len {
            self.note(Violation::BeyondEnd { address });
        }
    }

    /// Notes the first word of the page that holds data and gets more.
    pub(super) fn note_reprogramming(&mut self, page: u32, buffer: &[u8; PAGE_LEN as usize]) {
        for (words, address) in buffer.chunks_exact(4).zip((page..).step_by(4)) {
            let mut held = [0; 4];
            self.peek(address, &mut held);
            let written = u32::from_le_bytes([words[0], words[1], words[2], words[3]]);
            let held = u32::from_le_bytes(held);
            if written != u32::MAX && held != u32::MAX {
                return self.note(Violation::Reprogrammed {
                    address,
                    held,
                    written,
                });
            }
        }
    }
}
