//! Sequence control (9.2.4.4): numbers that let a receiver drop what it has already seen.

/// A frame's sequence number and fragment number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SequenceControl(pub u16);

impl SequenceControl {
    /// The control of an unfragmented frame. Only the low 12 bits of `number` count.
    pub const fn unfragmented(number: u16) -> SequenceControl {
        SequenceControl(number << 4)
    }

    /// The sequence number, 0 to 4095.
    pub const fn number(self) -> u16 {
        self.0 >> 4
    }

    /// The fragment's number, 0 for the first or only one.
    pub const fn fragment(self) -> u8 {
        (self.0 & 0xF) as u8
    }
}

/// Gives each frame sent the next number. Retries keep theirs.
#[derive(Debug, Clone, Default)]
pub struct SequenceCounter(u16);

impl SequenceCounter {
    /// The control for the next new frame.
    pub fn advance(&mut self) -> SequenceControl {
        let control = SequenceControl::unfragmented(self.0);
        self.0 = (self.0 + 1) & 0xFFF;
        control
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_wrap_after_4095_and_never_touch_the_fragment() {
        let mut counter = SequenceCounter(4095);
        let last = counter.advance();
        assert_eq!((last.number(), last.fragment()), (4095, 0));
        assert_eq!(counter.advance(), SequenceControl(0));
        assert_eq!(counter.advance(), SequenceControl(0x10));
    }

    #[test]
    fn the_fragment_is_the_low_nibble() {
        let control = SequenceControl(0x1234);
        assert_eq!((control.number(), control.fragment()), (0x123, 4));
    }
}
