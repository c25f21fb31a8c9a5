//! Keeps emulated time from running ahead of the wall clock.

use std::thread;
use std::time::{Duration, Instant};

use d1_emulator::time::Time;

/// A host that fell behind catches up no more than this: a device must not see its timers race.
const CATCH_UP: Duration = Duration::from_millis(20);

/// Emulated time tied to the wall clock.
pub(super) struct Pace {
    wall: Instant,
    emulated: Time,
}

impl Pace {
    /// From now on, `emulated` passes with the wall clock.
    pub(super) fn starting_at(emulated: Time) -> Pace {
        Pace {
            wall: Instant::now(),
            emulated,
        }
    }

    /// Sleeps until the wall clock has reached `emulated`.
    pub(super) fn wait_for(&mut self, emulated: Time) {
        let due = self.wall + Duration::from_micros((emulated - self.emulated).as_micros());
        let now = Instant::now();
        if due > now {
            thread::sleep(due - now);
        } else if now - due > CATCH_UP {
            *self = Pace {
                wall: now - CATCH_UP,
                emulated,
            };
        }
    }
}
