//! Sleeping until the radio has something or a time has come.
//!
//! Interrupts only wake the core. All work is done by the main loop.

use d1_wifi::{ChipRegisters, SoftAp};
use smoltcp::time::{Duration, Instant};
use xtensa_lx::{interrupt, timer};

use super::clock::{Clock, CYCLES_PER_MICROSECOND};

/// Interrupt numbers of the LX106 as the ESP8266 wires them: the Wi-Fi MAC, and the core's own timer.
const WIFI: u32 = 1 << 0;
const TIMER: u32 = 1 << 6;

/// The longest sleep: far below the watchdog's period and that of the cycle counter.
const LONGEST: Duration = Duration::from_millis(500);
/// Not worth falling asleep for.
const SHORTEST: Duration = Duration::from_micros(50);

/// Sleeps until `deadline` or until the radio has something, and not longer than half a second.
pub fn until(deadline: Instant, clock: &mut Clock, access_point: &mut SoftAp<ChipRegisters>) {
    // What comes between looking and sleeping must not be slept through: see `interrupt::wait`.
    interrupt::free(|_| {
        access_point.enable_wakeup();
        let now = clock.now();
        if deadline < now + SHORTEST {
            return;
        }
        let cycles = (deadline - now).min(LONGEST).total_micros() as u32 * CYCLES_PER_MICROSECOND;
        timer::set_ccompare0(timer::get_cycle_count().wrapping_add(cycles));
        // SAFETY: `on_interrupt` below handles both, and nothing is borrowed that it touches.
        unsafe {
            interrupt::enable_mask(WIFI | TIMER);
            interrupt::wait();
        }
        interrupt::disable_mask(WIFI | TIMER);
    });
}

#[xtensa_lx_rt::interrupt(1)]
fn on_interrupt() {
    let pending = interrupt::get() & interrupt::get_mask();
    if pending & WIFI != 0 {
        d1_wifi::on_interrupt();
    }
    interrupt::disable_mask(pending);
}
