//! Erase and program, interrupted and taken up again (W25Q32, "Erase / program suspend").

use std::ops::Range;

use crate::array::Before;
use crate::chip::SECTOR_LEN;
use crate::command::opcode;
use crate::nor::Nor;
use crate::power::{tear, Kind};
use crate::violation::Violation;

/// Something the chip is busy with.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) since: u64,
    pub(super) until: u64,
    pub(super) task: Task,
}

#[derive(Clone)]
pub(super) enum Task {
    /// A status register is written, or the chip starts over.
    Settling,
    /// A program or erase.
    Work(Work),
    /// A program or erase comes to a halt.
    Suspending(Work),
}

/// A program or erase. Its result is already in the array, where nobody can read it before the
/// end; a power cut goes back to `before` and tears.
#[derive(Clone)]
pub(super) struct Work {
    pub(super) kind: Kind,
    pub(super) range: Range<u32>,
    pub(super) before: Vec<Before>,
    /// Picoseconds it needs altogether.
    pub(super) duration: u64,
    /// Of these, spent before a suspension.
    pub(super) done: u64,
}

impl Work {
    /// The sectors nobody may touch while this is suspended.
    fn sectors(&self) -> Range<u32> {
        self.range.start / SECTOR_LEN * SECTOR_LEN..self.range.end.next_multiple_of(SECTOR_LEN)
    }

    fn overlaps(&self, range: &Range<u32>) -> bool {
        let sectors = self.sectors();
        range.start < sectors.end && sectors.start < range.end
    }
}

impl Nor {
    /// Suspends a running sector or block erase, or a page program: some microseconds later the
    /// chip reads (and, for a suspended erase, programs) other sectors. Without one it is ignored.
    pub fn suspend(&mut self, now_ps: u64) {
        if !self.hears(opcode::SUSPEND, now_ps) {
            return;
        }
        let settling = self.chip.timing.suspend.at(self.pace);
        let whole_chip = 0..self.chip.len;
        let Some(running) = &mut self.running else {
            return;
        };
        let work = match &running.task {
            Task::Work(work) if work.range != whole_chip && self.suspended.is_none() => work,
            _ => {
                let opcode = opcode::SUSPEND;
                return self.note(Violation::Busy { opcode });
            }
        };
        let spent = now_ps.saturating_sub(running.since);
        if work.done > 0 && spent < settling {
            return self.note(Violation::SuspendedTooSoon);
        }
        let done = work.done + spent;
        if done + settling >= work.duration {
            // Over before it could halt.
            return;
        }
        let work = Work {
            done,
            ..work.clone()
        };
        self.running = Some(Running {
            since: now_ps,
            until: now_ps.saturating_add(settling),
            task: Task::Suspending(work),
        });
        self.settle(now_ps);
    }

    /// Takes a suspended erase or program up again. Without one it is ignored.
    pub fn resume(&mut self, now_ps: u64) {
        if !self.is_ready_for(opcode::RESUME, now_ps) {
            return;
        }
        if let Some(work) = self.suspended.take() {
            self.running = Some(Running {
                since: now_ps,
                until: now_ps.saturating_add(work.duration - work.done),
                task: Task::Work(work),
            });
        }
    }

    /// True when something is suspended, beside which `opcode` is not allowed; noted.
    pub(super) fn is_suspended_against(&mut self, opcode: u8) -> bool {
        let refused = self.suspended.is_some();
        if refused {
            self.note(Violation::NotWhileSuspended { opcode });
        }
        refused
    }

    /// True when a program or erase of `range` is not allowed beside what is suspended: the same
    /// kind anywhere, and any kind in its sectors. The latch stays.
    pub(super) fn suspension_refuses(&mut self, opcode: u8, kind: Kind, range: Range<u32>) -> bool {
        match &self.suspended {
            Some(work) if work.kind == kind => self.is_suspended_against(opcode),
            Some(work) if work.overlaps(&range) => {
                let address = range.start;
                self.note(Violation::SuspendedCells { address });
                true
            }
            _ => false,
        }
    }

    /// Half-erased and half-programmed cells read as anything.
    pub(super) fn disturb_suspended(&mut self, address: u32, reply: &mut [u8]) {
        let Some(work) = &self.suspended else {
            return;
        };
        let range = work.range.clone();
        let mut met = None;
        for (offset, byte) in reply.iter_mut().enumerate() {
            let at = (address as usize + offset) % self.chip.len as usize;
            if range.contains(&(at as u32)) {
                met = met.or(Some(at as u32));
                *byte = self.seed.mask(128);
            }
        }
        if let Some(address) = met {
            self.note(Violation::SuspendedCells { address });
        }
    }

    /// The power goes: whatever was running or suspended is torn as far as it got.
    pub(super) fn tear_unfinished(&mut self, now_ps: u64) {
        let running = self.running.take().and_then(|running| match running.task {
            Task::Work(work) => {
                let done = work.done + now_ps.saturating_sub(running.since);
                Some(Work { done, ..work })
            }
            Task::Suspending(work) => Some(work),
            Task::Settling => None,
        });
        for work in running.into_iter().chain(self.suspended.take()) {
            let progress = u128::from(work.done) * 256 / u128::from(work.duration.max(1));
            let progress = progress.min(255) as u8;
            tear(
                &mut self.array,
                work.kind,
                &work.before,
                progress,
                &mut self.seed,
            );
            self.generation += 1;
        }
    }
}
