//! What a frame costs: the 802.11b/g rates and how long a frame occupies the air.
//!
//! IEEE 802.11-2012: 17.2 (DSSS and CCK, clauses 16 and 17), 18.4.3 (OFDM), 19.3 (ERP, which adds the signal extension).

use crate::time::Time;

/// Short interframe space in the 2.4 GHz band.
pub const SIFS: Time = Time::from_micros(10);
/// The long slot: there are 802.11b rates in use here.
pub const SLOT: Time = Time::from_micros(20);
/// How long the air must be quiet before a new frame.
pub const DIFS: Time = Time::from_micros(10 + 2 * 20);
/// An ACK on the air, FCS included.
pub const ACK_LEN: usize = 14;

/// The two ways of modulating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modulation {
    /// 802.11b with the 192 microsecond preamble and header.
    LongPreamble,
    /// 802.11b with the 96 microsecond preamble and header.
    ShortPreamble,
    /// 802.11g.
    Ofdm,
}

/// A data rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// In units of 500 kbit/s, as 802.11 writes rates.
    pub half_megabits: u8,
    /// How it is modulated.
    pub modulation: Modulation,
}

impl Rate {
    /// 1 Mbit/s: what everybody understands.
    pub const MBIT_1: Rate = Rate {
        half_megabits: 2,
        modulation: Modulation::LongPreamble,
    };
    /// 6 Mbit/s, the slowest 802.11g rate.
    pub const MBIT_6: Rate = Rate {
        half_megabits: 12,
        modulation: Modulation::Ofdm,
    };
    /// 24 Mbit/s.
    pub const MBIT_24: Rate = Rate {
        half_megabits: 48,
        modulation: Modulation::Ofdm,
    };

    /// How long `len` bytes, FCS included, are on the air.
    pub fn airtime(self, len: usize) -> Time {
        let bits = 8 * len as u64;
        let rate = u64::from(self.half_megabits.max(1));
        match self.modulation {
            Modulation::LongPreamble => Time::from_micros(192 + (bits * 2).div_ceil(rate)),
            Modulation::ShortPreamble => Time::from_micros(96 + (bits * 2).div_ceil(rate)),
            Modulation::Ofdm => {
                // 16 service and 6 tail bits; a symbol takes 4 microseconds; 6 of signal extension.
                let symbols = (16 + 6 + bits).div_ceil(2 * rate);
                Time::from_micros(20 + 4 * symbols + 6)
            }
        }
    }

    /// The rate at which a station here acknowledges a frame sent at this rate.
    pub fn answer(self) -> Rate {
        match self.modulation {
            Modulation::Ofdm if self.half_megabits >= 48 => Rate::MBIT_24,
            Modulation::Ofdm => Rate::MBIT_6,
            _ => self,
        }
    }

    /// How long a sender waits after its frame for an ACK that does not come.
    pub fn answer_timeout(self) -> Time {
        SIFS + SLOT + self.answer().airtime(ACK_LEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn airtime_matches_the_standards_arithmetic() {
        // An ACK at 1 Mbit/s: 192 + 112 microseconds.
        assert_eq!(Rate::MBIT_1.airtime(ACK_LEN), Time::from_micros(304));
        // An ACK at 6 Mbit/s: (22 + 112) bits in 24-bit symbols are 6 symbols.
        assert_eq!(Rate::MBIT_6.airtime(ACK_LEN), Time::from_micros(50));
        // A full frame at 11 Mbit/s with the short preamble.
        let fast = Rate {
            half_megabits: 22,
            modulation: Modulation::ShortPreamble,
        };
        assert_eq!(fast.airtime(1528), Time::from_micros(96 + 1112));
    }

    #[test]
    fn an_answer_is_never_faster_than_the_question() {
        for half_megabits in [12, 18, 24, 36, 48, 72, 96, 108] {
            let rate = Rate {
                half_megabits,
                modulation: Modulation::Ofdm,
            };
            assert!(rate.answer().half_megabits <= half_megabits);
        }
        assert_eq!(Rate::MBIT_1.answer(), Rate::MBIT_1);
    }
}
