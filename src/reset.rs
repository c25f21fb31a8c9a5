//! Why the chip came out of its last reset, as the mask ROM numbers it (`rst cause` in its banner).

use core::fmt;

/// A reset cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetCause(u8);

impl ResetCause {
    /// Power came.
    pub const POWER_ON: ResetCause = ResetCause(1);
    /// The hardware watchdog was not fed.
    pub const WATCHDOG: ResetCause = ResetCause(4);

    /// The cause of that number.
    pub const fn new(number: u8) -> ResetCause {
        ResetCause(number)
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// In words.
    pub const fn name(self) -> &'static str {
        match self.0 {
            1 => "power on",
            2 => "reset pin",
            3 => "restart",
            4 => "watchdog",
            5 => "deep sleep",
            _ => "unknown reset",
        }
    }
}

impl fmt::Display for ResetCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
