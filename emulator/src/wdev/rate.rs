//! The MAC's four-bit rate codes (docs/wifi-mac-registers.md, section 6).

use crate::air::rate::{Modulation, Rate};

/// Rates of codes 0..=15 in 500 kbit/s; 0 is no rate.
const HALF_MEGABITS: [u8; 16] = [2, 4, 11, 22, 0, 4, 11, 22, 96, 48, 24, 12, 108, 72, 36, 18];

/// What a code means; `None` for code 4 and anything above 15.
pub fn from_code(code: u32) -> Option<Rate> {
    let half_megabits = *HALF_MEGABITS.get(code as usize)?;
    let modulation = match code {
        0..=3 => Modulation::LongPreamble,
        5..=7 => Modulation::ShortPreamble,
        8.. => Modulation::Ofdm,
        _ => return None,
    };
    Some(Rate {
        half_megabits,
        modulation,
    })
}

/// The code of a rate; 0 (1 Mbit/s) for rates the chip does not have.
pub fn to_code(rate: Rate) -> u32 {
    (0..16)
        .find(|code| from_code(*code) == Some(rate))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_but_four_names_its_own_rate() {
        for code in (0..16).filter(|code| *code != 4) {
            assert_eq!(from_code(code).map(to_code), Some(code));
        }
        assert_eq!(from_code(4), None);
        assert_eq!(from_code(0xb), Some(Rate::MBIT_6));
    }
}
