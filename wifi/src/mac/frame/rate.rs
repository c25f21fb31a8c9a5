//! The rates we send at, and how long an acknowledgement keeps the air.

/// A rate we send at: those of 802.11b, which every station has. The lower, the farther it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rate {
    /// 1 Mbit/s DSSS: understood by everybody, also what goes to all.
    Mbps1,
    /// 2 Mbit/s DSSS.
    Mbps2,
    /// 5.5 Mbit/s CCK.
    Mbps5,
    /// 11 Mbit/s CCK.
    Mbps11,
}

impl Rate {
    /// The duration field of a frame sent at this rate that is acknowledged: one SIFS and the acknowledgement
    /// (14 bytes at the same rate, long preamble), in microseconds (9.2.5.2, 16.3.4).
    pub const fn acknowledgement_duration(self) -> u16 {
        const SIFS: u16 = 10;
        // Preamble and header; then 112 bits, rounded up.
        SIFS + 192
            + match self {
                Rate::Mbps1 => 112,
                Rate::Mbps2 => 56,
                Rate::Mbps5 => 21,
                Rate::Mbps11 => 11,
            }
    }

    /// The next lower one, or the lowest.
    pub const fn lower(self) -> Rate {
        match self {
            Rate::Mbps11 => Rate::Mbps5,
            Rate::Mbps5 => Rate::Mbps2,
            Rate::Mbps2 | Rate::Mbps1 => Rate::Mbps1,
        }
    }

    /// The next higher one, or the highest.
    pub const fn higher(self) -> Rate {
        match self {
            Rate::Mbps1 => Rate::Mbps2,
            Rate::Mbps2 => Rate::Mbps5,
            Rate::Mbps5 | Rate::Mbps11 => Rate::Mbps11,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn durations_are_those_every_capture_shows() {
        assert_eq!(Rate::Mbps1.acknowledgement_duration(), 314);
        assert_eq!(Rate::Mbps2.acknowledgement_duration(), 258);
        assert_eq!(Rate::Mbps5.acknowledgement_duration(), 223);
        assert_eq!(Rate::Mbps11.acknowledgement_duration(), 213);
    }

    #[test]
    fn lower_and_higher_are_neighbours_and_end_somewhere() {
        let rates = [Rate::Mbps1, Rate::Mbps2, Rate::Mbps5, Rate::Mbps11];
        for pair in rates.windows(2) {
            assert_eq!((pair[0].higher(), pair[1].lower()), (pair[1], pair[0]));
        }
        assert_eq!(Rate::Mbps1.lower(), Rate::Mbps1);
        assert_eq!(Rate::Mbps11.higher(), Rate::Mbps11);
    }
}
