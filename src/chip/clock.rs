//! The processor's clock, and time since the start.

use esp8266_hal::rtccntl::{CrystalFrequency, RtcControlExt};
use esp8266_hal::target::RTCCNTL;
use smoltcp::time::Instant;

/// The peripherals' clock once the PLL runs.
pub const PERIPHERAL_HZ: u32 = 80_000_000;
/// The processor's clock once the PLL runs. Espressif's libraries set and count on the slower of its two speeds.
pub const PROCESSOR_HZ: u32 = match cfg!(feature = "vendor") {
    true => PERIPHERAL_HZ,
    false => 2 * PERIPHERAL_HZ,
};
/// Processor cycles in a microsecond.
pub const CYCLES_PER_MICROSECOND: u32 = PROCESSOR_HZ / 1_000_000;

/// The processor's clock divider, in the block that the vendor's headers call DPORT.
const SPEED: *mut u32 = 0x3FF0_0014 as *mut u32;
/// In it: twice the peripherals' clock.
const SPEED_DOUBLE: u32 = 1 << 0;

/// Sets the PLL from the 52 MHz the mask ROM left (twice the 26 MHz crystal) to 80 MHz, and the processor to twice
/// that: what an update computes (sums, signature, network) is half its time beside the flash chip's.
///
/// The UART's clock changes at once: nothing may be on its wire.
pub fn start_pll(control: RTCCNTL) {
    control
        .rtc_control()
        .set_crystal_frequency(CrystalFrequency::Crystal26MHz);
    if PROCESSOR_HZ != PERIPHERAL_HZ {
        // SAFETY: a plain register; the cycle counter is first read behind this.
        unsafe { SPEED.write_volatile(SPEED.read_volatile() | SPEED_DOUBLE) };
    }
}

/// Sets the processor back to the peripherals' clock. [`Clock`] knows nothing of that.
#[cfg(feature = "faults")]
pub fn halve_speed() {
    // SAFETY: as in `start_pll`.
    unsafe { SPEED.write_volatile(SPEED.read_volatile() & !SPEED_DOUBLE) };
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

    /// The time. Must be asked for once within the 26 seconds in which the counter wraps.
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
