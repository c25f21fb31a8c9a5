//! Sleeping until the radio has something or a time has come.
//!
//! Interrupts only wake the core. All work is done by the main loop.

use smoltcp::time::{Duration, Instant};
use xtensa_lx::{interrupt, timer};

use super::clock::{Clock, CYCLES_PER_MICROSECOND};
use super::engine::{self, Engine};

/// The core's own timer.
const TIMER: u32 = 1 << 6;

/// The longest sleep: far below the watchdog's period and that of the cycle counter.
const LONGEST: Duration = Duration::from_millis(500);
/// Not worth falling asleep for.
const SHORTEST: Duration = Duration::from_micros(50);

/// Sleeps until `deadline` or until the radio has something, and not longer than half a second.
pub fn until(deadline: Instant, clock: &mut Clock, access_point: &mut Engine) {
    // What comes between looking and sleeping must not be slept through: see `interrupt::wait`.
    interrupt::free(|_| {
        let is_awaited = engine::enable_wakeup(access_point);
        let now = clock.now();
        if is_awaited || deadline < now + SHORTEST {
            return;
        }
        let cycles = (deadline - now).min(LONGEST).total_micros() as u32 * CYCLES_PER_MICROSECOND;
        timer::set_ccompare0(timer::get_cycle_count().wrapping_add(cycles));
        // SAFETY: `on_interrupt` below handles both, and nothing is borrowed that it touches.
        unsafe {
            interrupt::enable_mask(TIMER | engine::WAKES);
            interrupt::wait();
        }
        interrupt::disable_mask(TIMER | engine::WAKES);
    });
}

#[xtensa_lx_rt::interrupt(1)]
fn on_interrupt() {
    let pending = interrupt::get() & interrupt::get_mask();
    engine::on_interrupt(pending);
    interrupt::disable_mask(pending & (TIMER | engine::WAKES));
}
