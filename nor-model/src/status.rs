//! The three status registers and which of their bits software may write.

/// An operation is running.
pub(crate) const WIP: u8 = 1 << 0;
/// Write enable latch.
pub(crate) const WEL: u8 = 1 << 1;

/// What the status registers hold between operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// SRP0, SEC, TB, BP2..0: the bits of register 1 that last.
    pub(crate) one: u8,
    /// CMP, LB3..1, QE, SRP1.
    pub(crate) two: u8,
    /// Drive strength and reset pin.
    pub(crate) three: u8,
    /// The write enable latch: volatile.
    pub(crate) write_enabled: bool,
}

impl Status {
    const ONE_WRITABLE: u8 = 0b1111_1100;
    const TWO_WRITABLE: u8 = 0b0111_1011;
    /// Security register locks are one-time programmable: they can only be set.
    const TWO_LOCKS: u8 = 0b0011_1000;
    const THREE_WRITABLE: u8 = 0b1110_0100;

    pub(crate) fn set_one(&mut self, value: u8) {
        self.one = value & Self::ONE_WRITABLE;
    }

    pub(crate) fn set_two(&mut self, value: u8) {
        self.two = (value & Self::TWO_WRITABLE) | (self.two & Self::TWO_LOCKS);
    }

    pub(crate) fn set_three(&mut self, value: u8) {
        self.three = value & Self::THREE_WRITABLE;
    }

    /// Register 1 as a status read returns it.
    pub(crate) fn read_one(&self, busy: bool) -> u8 {
        self.one | if busy { WIP } else { 0 } | if self.write_enabled { WEL } else { 0 }
    }
}
