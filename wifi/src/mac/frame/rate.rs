//! The rates we send at, and how long an acknowledgement keeps the air.

/// A rate we send at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// 1 Mbit/s DSSS: heard farthest, understood by everybody.
    Mbps1,
    /// 6 Mbit/s OFDM.
    Mbps6,
    /// 11 Mbit/s CCK.
    Mbps11,
}

impl Rate {
    /// The duration field of a frame sent at this rate that is acknowledged: one SIFS and the acknowledgement
    /// (14 bytes at the same rate, long preamble where there is a choice), in microseconds (9.2.5.2, 16.3.4,
    /// 18.4).
    pub const fn acknowledgement_duration(self) -> u16 {
        const SIFS: u16 = 10;
        match self {
            // 192 of preamble and header, 112 bits.
            Rate::Mbps1 => SIFS + 192 + 112,
            // 20 of preamble and signal, 134 bits in 6 symbols of 4, 6 of signal extension.
            Rate::Mbps6 => SIFS + 20 + 6 * 4 + 6,
            // 192 of preamble and header, 112 bits rounded up.
            Rate::Mbps11 => SIFS + 192 + 11,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn durations_are_those_every_capture_shows() {
        assert_eq!(Rate::Mbps1.acknowledgement_duration(), 314);
        assert_eq!(Rate::Mbps6.acknowledgement_duration(), 60);
        assert_eq!(Rate::Mbps11.acknowledgement_duration(), 213);
    }
}
