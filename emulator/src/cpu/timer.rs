//! CCOUNT and CCOMPARE0: the core's own clock and alarm.
//!
//! CCOUNT is the bus's cycle counter plus an offset, so counting costs nothing;
//! the alarm is kept as the absolute cycle at which the two will be equal.

use super::special::Special;
use super::Cpu;

/// CCOUNT comes round after this many cycles.
const ROUND: u64 = 1 << 32;

impl Cpu {
    /// CCOUNT at core cycle `now`.
    pub fn ccount(&self, now: u64) -> u32 {
        (now as u32).wrapping_add(self.ccount_offset)
    }

    /// The first core cycle from `now` on at which the CCOMPARE0 interrupt becomes pending.
    ///
    /// Whether that wakes anybody depends on INTENABLE and PS.
    pub fn next_timer_cycle(&self, now: u64) -> u64 {
        self.timer_cycle.max(now)
    }

    pub(super) fn set_ccount(&mut self, value: u32, now: u64) {
        self.ccount_offset = value.wrapping_sub(now as u32);
        self.rearm(now);
    }

    /// Sets the alarm and, as the only way there is, clears the interrupt.
    pub(super) fn set_ccompare(&mut self, value: u32, now: u64) {
        self.set_sr(Special::Ccompare0, value);
        self.clear_timer();
        self.rearm(now);
    }

    /// Equal right now means a full round: the comparison of this cycle is past.
    fn rearm(&mut self, now: u64) {
        let distance = self.sr(Special::Ccompare0).wrapping_sub(self.ccount(now));
        self.timer_cycle = now
            + if distance == 0 {
                ROUND
            } else {
                u64::from(distance)
            };
    }

    /// Latches the interrupt when the alarm's cycle has come.
    pub(super) fn poll_timer(&mut self, now: u64) {
        if now >= self.timer_cycle {
            self.latch_timer();
            let rounds = (now - self.timer_cycle) / ROUND + 1;
            self.timer_cycle += rounds * ROUND;
        }
    }
}
