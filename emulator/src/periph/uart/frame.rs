//! Frames as levels on a wire, and what a receiver makes of them.

/// How bytes are framed: the low bits of CONF0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    data_bits: u32,
    /// Odd or even.
    parity: Option<bool>,
    stop_bits: u32,
}

/// What a receiver took a frame for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub byte: u8,
    pub parity_error: bool,
    /// No stop bit where one belongs.
    pub frame_error: bool,
    /// The line was low from the start bit to the stop bit.
    pub is_break: bool,
}

/// A line held low for a whole frame.
pub(super) const BREAK: u32 = 0;

impl Format {
    /// 8 data bits, no parity, one stop bit: what terminals are set to.
    pub const EIGHT_N_ONE: Format = Format {
        data_bits: 8,
        parity: None,
        stop_bits: 1,
    };

    /// As CONF0 has it: bit 0 odd, 1 parity, 3:2 data bits less 5, 5:4 stop bits (one and a half
    /// count as two).
    pub fn of(conf0: u32) -> Format {
        Format {
            data_bits: 5 + (conf0 >> 2 & 3),
            parity: (conf0 >> 1 & 1 != 0).then_some(conf0 & 1 != 0),
            stop_bits: if conf0 >> 4 & 3 > 1 { 2 } else { 1 },
        }
    }

    /// Bits from start to stop.
    pub fn bits(self) -> u32 {
        1 + self.data_bits + u32::from(self.parity.is_some()) + self.stop_bits
    }

    fn data(self, byte: u8) -> u32 {
        u32::from(byte) & ((1 << self.data_bits) - 1)
    }

    fn parity_bit(self, byte: u8, odd: bool) -> u32 {
        (self.data(byte).count_ones() + u32::from(odd)) & 1
    }

    /// The levels of a frame, first bit lowest; after it the line is at rest, high.
    pub fn send(self, byte: u8) -> u32 {
        let mut levels = self.data(byte) << 1;
        let mut next = 1 + self.data_bits;
        if let Some(odd) = self.parity {
            levels |= self.parity_bit(byte, odd) << next;
            next += 1;
        }
        levels | u32::MAX << next
    }

    /// What these levels mean to a receiver set to this format.
    pub fn receive(self, levels: u32) -> Received {
        let byte = self.data((levels >> 1) as u8) as u8;
        let after = levels >> (1 + self.data_bits);
        let (parity_error, stop) = match self.parity {
            Some(odd) => (after & 1 != self.parity_bit(byte, odd), after >> 1),
            None => (false, after),
        };
        let frame_error = stop & 1 == 0;
        Received {
            byte,
            parity_error,
            frame_error,
            is_break: frame_error && levels << (32 - self.bits()) == 0,
        }
    }
}

/// Levels sent with one bit time as a receiver with another samples them: in the middle of its bits.
pub(super) fn resample(levels: u32, sent_bit: u64, sampled_bit: u64) -> u32 {
    if sent_bit == sampled_bit {
        return levels;
    }
    (0..32).fold(0, |sampled, bit| {
        let at = (2 * bit + 1) * sampled_bit / (2 * sent_bit.max(1));
        let level = if at < 32 { levels >> at & 1 } else { 1 };
        sampled | level << bit
    })
}

/// Pulses of a frame, for measuring a baud rate: edges, shortest low and high pulse in bits.
pub(super) fn pulses(levels: u32) -> (u32, Option<u32>, Option<u32>) {
    let (mut edges, mut low, mut high) = (1, None, None);
    let mut rest = levels;
    let mut left = 32;
    let shorter = |shortest: Option<u32>, run: u32| Some(shortest.map_or(run, |old| old.min(run)));
    while rest.trailing_zeros() < left {
        let run = rest.trailing_zeros();
        low = shorter(low, run);
        (rest, left) = (rest >> run, left - run);
        edges += 1;
        let run = rest.trailing_ones();
        if run >= left {
            break;
        }
        high = shorter(high, run);
        (rest, left) = (rest >> run, left - run);
        edges += 1;
    }
    (edges, low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_is_start_data_stop() {
        // 0, then 1010 1010 with the lowest bit first, then ones.
        let levels = Format::EIGHT_N_ONE.send(0x55);
        assert_eq!(levels & 0x3FF, 0b10_1010_1010);
        assert_eq!(levels >> 10, u32::MAX >> 10);
    }

    #[test]
    fn a_low_line_is_a_break_and_a_framing_error() {
        let heard = Format::EIGHT_N_ONE.receive(BREAK);
        assert!(heard.is_break && heard.frame_error);
        let zero = Format::EIGHT_N_ONE.send(0);
        assert!(!Format::EIGHT_N_ONE.receive(zero).is_break);
    }

    #[test]
    fn pulses_of_a_sync_character_are_one_bit() {
        assert_eq!(
            pulses(Format::EIGHT_N_ONE.send(0x55)),
            (10, Some(1), Some(1))
        );
        assert_eq!(pulses(Format::EIGHT_N_ONE.send(0)), (2, Some(9), None));
        assert_eq!(pulses(BREAK), (1, None, None));
    }

    #[test]
    fn sampling_tolerates_a_few_percent_and_not_a_half() {
        let levels = Format::EIGHT_N_ONE.send(0xA5);
        for bit in [97, 100, 103] {
            let heard = Format::EIGHT_N_ONE.receive(resample(levels, 100, bit));
            assert_eq!((heard.byte, heard.frame_error), (0xA5, false));
        }
        let heard = Format::EIGHT_N_ONE.receive(resample(levels, 100, 150));
        assert_ne!(heard.byte, 0xA5);
    }

    proptest! {
        #[test]
        fn what_is_sent_is_received(conf0 in 0u32..0x40, byte: u8) {
            let format = Format::of(conf0);
            let heard = format.receive(format.send(byte));
            prop_assert_eq!(u32::from(heard.byte), format.data(byte));
            prop_assert!(!heard.parity_error && !heard.frame_error && !heard.is_break);
        }

        #[test]
        fn one_flipped_data_bit_is_a_parity_error(odd: bool, byte: u8, bit in 1u32..9) {
            let format = Format::of(0b11_1110 | u32::from(odd));
            prop_assert!(format.receive(format.send(byte) ^ 1 << bit).parity_error);
        }
    }
}
