//! The processor's clock, and time since the start.

use esp8266_hal::rtccntl::{CrystalFrequency, RtcControlExt};
use esp8266_hal::target::RTCCNTL;
use smoltcp::time::Instant;

/// The processor's and the peripherals' clock once the PLL runs.
pub const HZ: u32 = 80_000_000;
/// Processor cycles in a microsecond.
pub const CYCLES_PER_MICROSECOND: u32 = HZ / 1_000_000;

/// Sets the PLL from the 52 MHz the mask ROM left (twice the 26 MHz crystal) to 80 MHz.
///
/// The UART's clock changes at once: nothing may be on its wire.
pub fn start_pll(control: RTCCNTL) {
    control
        .rtc_control()
        .set_crystal_frequency(CrystalFrequency::Crystal26MHz);
}

/// Time since the clock was made, from the cycle counter.
pub struct Clock {
    microseconds: i64,
    /// The cycle count at that time.
    cycles: u32,
}

impl Clock {
    /// A clock that begins now.
    pub fn start() -> Clock {
        Clock {
            microseconds: 0,
            cycles: xtensa_lx::timer::get_cycle_count(),
        }
    }

    /// The time. Must be asked for once within the 53 seconds in which the counter wraps.
    pub fn now(&mut self) -> Instant {
        let passed = xtensa_lx::timer::get_cycle_count().wrapping_sub(self.cycles);
        let microseconds = passed / CYCLES_PER_MICROSECOND;
        self.microseconds += i64::from(microseconds);
        self.cycles = self
            .cycles
            .wrapping_add(microseconds * CYCLES_PER_MICROSECOND);
        Instant::from_micros(self.microseconds)
    }
}
