//! Power: planned cuts, sudden ones, and coming back.

use std::ops::Range;

use crate::array::Before;
use crate::command::opcode;
use crate::nor::suspend::Task;
use crate::nor::Nor;
use crate::power::{tear, CutPoint, Kind, Planned};

/// A chip as a power cut would have left it.
#[derive(Clone, Debug)]
pub struct CutChip {
    /// The operation, as [`Nor::operations`] counts.
    pub operation: u64,
    /// The cells it programs or erases.
    pub cells: Range<u32>,
    /// Where in it.
    pub at: CutPoint,
    /// The chip, without power.
    pub chip: Nor,
}

impl Nor {
    /// Plans a power cut at the `n`-th program or erase from now (1 is the next one).
    pub fn cut_power_at(&mut self, n: u64, at: CutPoint) {
        self.planned_cut = Some(Planned {
            operation: self.operations + n,
            at,
        });
    }

    /// From now on keeps the chip as a cut inside of, and one right after, each operation would have left it
    /// ([`Nor::take_cut_chips`]). A cut before an operation leaves what one after the operation before it does.
    ///
    /// This gives every power cut of a run for the price of the run.
    pub fn keep_cuts(&mut self) {
        self.cut_chips = Some(Vec::new());
    }

    /// Takes the chips kept so far, oldest first; nothing is kept any more. Each has its power off.
    pub fn take_cut_chips(&mut self) -> Vec<CutChip> {
        self.cut_chips.take().unwrap_or_default()
    }

    /// Takes the power away at `now_ps`; an operation still running is torn as far as it got.
    pub fn power_off(&mut self, now_ps: u64) {
        self.settle(now_ps);
        self.tear_unfinished(now_ps);
        self.lose_power();
    }

    /// True once a planned cut struck or [`Nor::power_off`] was called, until [`Nor::power_on`].
    pub fn power_lost(&self) -> bool {
        !self.powered
    }

    /// Brings the power back: idle, awake, not write enabled.
    pub fn power_on(&mut self) {
        self.lose_power();
        self.powered = true;
    }

    /// Starts over as after power-on, but for locks that last until then; an operation still
    /// running or suspended is torn as far as it got.
    pub(crate) fn reset(&mut self, now_ps: u64) {
        if self.hears(opcode::RESET, now_ps) {
            self.tear_unfinished(now_ps);
            self.status.reset();
            self.run(self.chip.timing.reset.at(self.pace), now_ps, Task::Settling);
        }
    }

    /// The power goes inside of or after an operation that went from `before` to the present.
    pub(super) fn cut(&mut self, kind: Kind, before: &[Before], at: CutPoint) {
        if at == CutPoint::Inside {
            // Anywhere but the very ends, where nothing or everything would have happened.
            let progress = 16 + (self.seed.next() % 224) as u8;
            tear(&mut self.array, kind, before, progress, &mut self.seed);
        }
        self.lose_power();
    }

    /// Cuts clones of this chip, if that is asked for.
    pub(super) fn keep_cut_chips(&mut self, kind: Kind, cells: Range<u32>, before: &[Before]) {
        let Some(mut kept) = self.cut_chips.take() else {
            return;
        };
        for at in [CutPoint::Inside, CutPoint::After] {
            let mut chip = self.clone();
            chip.cut(kind, before, at);
            kept.push(CutChip {
                operation: self.operations,
                cells: cells.clone(),
                at,
                chip,
            });
        }
        self.cut_chips = Some(kept);
    }

    pub(super) fn lose_power(&mut self) {
        self.powered = false;
        self.running = None;
        self.tear_unfinished(0);
        self.asleep = false;
        self.status.power_up();
    }
}
