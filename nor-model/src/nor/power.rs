//! Power: planned cuts, sudden ones, and coming back.

use crate::nor::{Nor, Running};
use crate::power::{tear, CutPoint, Planned};

impl Nor {
    /// Plans a power cut at the `n`-th program or erase from now (1 is the next one).
    pub fn cut_power_at(&mut self, n: u64, at: CutPoint) {
        self.planned_cut = Some(Planned {
            operation: self.operations + n,
            at,
        });
    }

    /// Takes the power away at `now_ps`; an operation still running is torn as far as it got.
    pub fn power_off(&mut self, now_ps: u64) {
        self.settle(now_ps);
        if let Some(Running {
            since,
            until,
            work: Some((kind, before)),
        }) = self.running.take()
        {
            let progress = (u128::from(now_ps.saturating_sub(since)) * 256
                / u128::from((until - since).max(1)))
            .min(255) as u8;
            tear(&mut self.array, kind, &before, progress, &mut self.seed);
            self.generation += 1;
        }
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

    pub(super) fn lose_power(&mut self) {
        self.powered = false;
        self.running = None;
        self.asleep = false;
        self.status.write_enabled = false;
    }
}
