//! Cycles to time and back, across changes of the core's clock.
//!
//! Cycles are counted; time is derived from them. Each change of frequency starts
//! a new epoch, so no rounding error accumulates within one.

use crate::time::Time;

/// Crystal of a D1 mini; the chip runs at twice that until the PLL is set up
/// (hardware facts 3.2: the boot ROM's 115200 comes out as 74880).
const BEFORE_PLL_MHZ: u64 = 52;
/// Peripheral (APB) clock from the PLL, and the core's at its normal speed.
const PLL_MHZ: u64 = 80;

/// The core's cycle counter and the two clocks derived from it.
#[derive(Clone, Debug)]
pub struct Clock {
    cycles: u64,
    epoch_cycles: u64,
    epoch: Time,
    core_mhz: u64,
    apb_mhz: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Clock {
            cycles: 0,
            epoch_cycles: 0,
            epoch: Time(0),
            core_mhz: BEFORE_PLL_MHZ,
            apb_mhz: BEFORE_PLL_MHZ,
        }
    }
}

impl Clock {
    /// Core cycles since the emulation began; power cycles do not reset it.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// The time those cycles took.
    pub fn now(&self) -> Time {
        // 2^44 cycles of one epoch are 60 hours at 80 MHz; beyond, the multiplication needs more room.
        let cycles = self.cycles - self.epoch_cycles;
        let picoseconds = match cycles.checked_mul(1_000_000) {
            Some(product) => product / self.core_mhz,
            None => (u128::from(cycles) * 1_000_000 / u128::from(self.core_mhz)) as u64,
        };
        self.epoch + Time(picoseconds)
    }

    /// Lets `cycles` core cycles pass.
    pub fn advance(&mut self, cycles: u64) {
        self.cycles += cycles;
    }

    /// The cycle count at which `now()` first reaches `deadline`; `u64::MAX` for never.
    pub fn cycle_at(&self, deadline: Time) -> u64 {
        if deadline == Time::NEVER {
            return u64::MAX;
        }
        let picoseconds = (deadline - self.epoch).0;
        let cycles = match picoseconds.checked_mul(self.core_mhz) {
            Some(product) => product.div_ceil(1_000_000),
            None => {
                let product = u128::from(picoseconds) * u128::from(self.core_mhz);
                u64::try_from(product.div_ceil(1_000_000)).unwrap_or(u64::MAX)
            }
        };
        cycles.saturating_add(self.epoch_cycles)
    }

    /// Core frequency in MHz.
    pub fn core_mhz(&self) -> u64 {
        self.core_mhz
    }

    /// Peripheral bus frequency in Hz: what UART, timers and SPI divide.
    pub fn apb_hz(&self) -> u64 {
        self.apb_mhz * 1_000_000
    }

    /// Selects the clocks: `pll` once the analog PLL registers are set (APB 80 MHz),
    /// `doubled` for DPORT 0x3FF00014 bit 0 (core at twice the APB clock).
    /// Returns whether a frequency changed.
    pub fn select(&mut self, pll: bool, doubled: bool) -> bool {
        let apb_mhz = if pll { PLL_MHZ } else { BEFORE_PLL_MHZ };
        let core_mhz = if doubled { apb_mhz * 2 } else { apb_mhz };
        if (apb_mhz, core_mhz) == (self.apb_mhz, self.core_mhz) {
            return false;
        }
        self.epoch = self.now();
        self.epoch_cycles = self.cycles;
        self.apb_mhz = apb_mhz;
        self.core_mhz = core_mhz;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_follows_every_clock_change() {
        let mut clock = Clock::default();
        clock.advance(52);
        assert_eq!(clock.now(), Time::from_micros(1));
        assert!(clock.select(true, false));
        clock.advance(80);
        assert_eq!(clock.now(), Time::from_micros(2));
        assert!(clock.select(true, true));
        assert!(!clock.select(true, true));
        clock.advance(160);
        assert_eq!(clock.now(), Time::from_micros(3));
    }

    #[test]
    fn cycle_at_is_the_first_cycle_not_before_the_deadline() {
        let mut clock = Clock::default();
        clock.advance(1_000);
        for picoseconds in [1, 19_230, 19_231, 123_456_789] {
            let deadline = clock.now() + Time(picoseconds);
            let wait = clock.cycle_at(deadline) - clock.cycles();
            let mut at = clock.clone();
            at.advance(wait);
            assert!(at.now() >= deadline);
            let mut before = clock.clone();
            before.advance(wait - 1);
            assert!(before.now() < deadline);
        }
        assert_eq!(clock.cycle_at(Time::NEVER), u64::MAX);
    }
}
