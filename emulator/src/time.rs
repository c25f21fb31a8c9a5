//! Emulated time: picoseconds since power-on, always derived from cycles.

use core::ops::{Add, Sub};

/// A point in emulated time, in picoseconds since power-on.
///
/// Picoseconds because the core's clock changes (52, 80, 160 MHz) while other
/// clocks keep running; a `u64` of them lasts 213 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The latest representable time: "never".
    pub const NEVER: Time = Time(u64::MAX);

    /// `us` microseconds after power-on.
    pub const fn from_micros(us: u64) -> Time {
        Time(us.saturating_mul(1_000_000))
    }

    /// `ns` nanoseconds after power-on.
    pub const fn from_nanos(ns: u64) -> Time {
        Time(ns.saturating_mul(1_000))
    }

    /// Whole microseconds since power-on.
    pub const fn as_micros(self) -> u64 {
        self.0 / 1_000_000
    }
}

impl Add for Time {
    type Output = Time;
    fn add(self, other: Time) -> Time {
        Time(self.0.saturating_add(other.0))
    }
}

impl Sub for Time {
    type Output = Time;
    fn sub(self, other: Time) -> Time {
        Time(self.0.saturating_sub(other.0))
    }
}
