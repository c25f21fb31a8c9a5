//! The three status registers and which of their bits software may write.

/// An operation is running.
pub(crate) const WIP: u8 = 1 << 0;
/// Write enable latch.
pub(crate) const WEL: u8 = 1 << 1;
/// An erase or program is suspended (register 2).
const SUS: u8 = 1 << 7;

/// Who may write the status registers (SRP1 and SRP0; the write protect pin is high).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Whoever has write enable.
    Open,
    /// Nobody before the power was off.
    UntilPowerOff,
    /// Nobody any more.
    ForGood,
}

/// What the status registers hold between operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Registers 1 (SRP0, SEC, TB, BP2..0), 2 (CMP, LB3..1, QE, SRP1) and 3 (drive strength and
    /// reset pin), without the bits that only report.
    pub(crate) values: [u8; 3],
    /// What power-on brings back.
    kept: [u8; 3],
    /// The write enable latch: volatile.
    pub(crate) write_enabled: bool,
    /// The next status write is allowed, and volatile.
    pub(crate) volatile_enabled: bool,
}

impl Status {
    const WRITABLE: [u8; 3] = [0b1111_1100, 0b0111_1011, 0b1110_0100];
    /// Security register locks are one-time programmable: they can only be set.
    const LOCKS: u8 = 0b0011_1000;
    const QUAD_ENABLE: u8 = 1 << 1;
    const SRP0: u8 = 1 << 7;
    const SRP1: u8 = 1 << 0;

    /// Registers 1 and 2 with these values.
    #[cfg(test)]
    pub(crate) fn holding(one: u8, two: u8) -> Status {
        let mut status = Status::default();
        status.set([one, two, 0], true);
        status
    }

    /// Writes all registers, for good or until power-off.
    pub(crate) fn set(&mut self, values: [u8; 3], for_good: bool) {
        let locks = self.values[1] & Self::LOCKS;
        self.values = [0, 1, 2].map(|at| values[at] & Self::WRITABLE[at]);
        self.values[1] |= locks;
        if for_good {
            self.kept = self.values;
        }
    }

    pub(crate) fn lock(&self) -> Lock {
        match (
            self.values[1] & Self::SRP1 != 0,
            self.values[0] & Self::SRP0 != 0,
        ) {
            (false, _) => Lock::Open,
            (true, false) => Lock::UntilPowerOff,
            (true, true) => Lock::ForGood,
        }
    }

    /// Volatile values and latches are gone.
    pub(crate) fn reset(&mut self) {
        self.values = self.kept;
        self.write_enabled = false;
        self.volatile_enabled = false;
    }

    /// Power was off: what a reset loses, and a lock that lasted until then.
    pub(crate) fn power_up(&mut self) {
        self.reset();
        if self.lock() == Lock::UntilPowerOff {
            self.values[1] &= !Self::SRP1;
            self.kept = self.values;
        }
    }

    pub(crate) fn quad_enabled(&self) -> bool {
        self.values[1] & Self::QUAD_ENABLE != 0
    }

    /// Register 1 as a status read returns it.
    pub(crate) fn read_one(&self, busy: bool) -> u8 {
        let latch = if self.write_enabled { WEL } else { 0 };
        self.values[0] | latch | if busy { WIP } else { 0 }
    }

    /// Register 2 as a status read returns it.
    pub(crate) fn read_two(&self, suspended: bool) -> u8 {
        self.values[1] | if suspended { SUS } else { 0 }
    }

    pub(crate) fn three(&self) -> u8 {
        self.values[2]
    }
}
