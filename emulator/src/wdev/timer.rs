//! The two 64-bit microsecond counters and their timers (docs/wifi-mac-registers.md, section 7).

use crate::time::Time;

/// A counter with a compare register.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timer {
    /// Value minus microseconds since power-on.
    offset: u64,
    compare: u64,
    armed: bool,
}

impl Timer {
    /// The counter.
    pub fn count(&self, now: Time) -> u64 {
        now.as_micros().wrapping_add(self.offset)
    }

    /// Makes the counter go on from `value`.
    pub fn load(&mut self, value: u64, now: Time) {
        self.offset = value.wrapping_sub(now.as_micros());
    }

    /// Sets the event's time and whether it will come.
    pub fn set(&mut self, compare: u64, armed: bool) {
        self.compare = compare;
        self.armed = armed;
    }

    /// When the event comes.
    pub fn next_event(&self) -> Time {
        if self.armed {
            Time::from_micros(self.compare.wrapping_sub(self.offset))
        } else {
            Time::NEVER
        }
    }

    /// Takes the event when it is due; it comes once.
    pub fn take(&mut self, now: Time) -> bool {
        let due = self.armed && self.next_event() <= now;
        self.armed &= !due;
        due
    }
}
