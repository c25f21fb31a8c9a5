//! What the RF part is started with: parameters, and the results of a calibration.
//!
//! A full calibration takes the libraries 170 to 180 ms on a board, one that begins with earlier results 35 to
//! 40 ms (the SDK's Kconfig). Where results are kept between two starts is the firmware's business.

/// Bytes of RF parameters.
pub const PARAMETERS_LEN: usize = 128;
/// Bytes of results: as they lie in RTC memory from 0x60001000 on.
const RESULTS_LEN: usize = 128;
/// Words of receive gains, with their checksum in the last one.
const GAINS: usize = 125;
/// Bytes that are worth keeping.
pub const KEPT_LEN: usize = RESULTS_LEN + 4 * GAINS;

/// Words of the results: who they are of, the sum over all words up to there, and in bits 16 to 27 of the last
/// which library made them.
const CHIP: [usize; 2] = [24, 25];
const SUM: usize = 26;
const LIBRARY: usize = 31;
/// The library that this engine links, by its own count: 1167.
const LIBRARY_NUMBER: u32 = 1167;

/// Parameters and results, laid out as `register_chipv6_phy` takes them, with the table of gains behind.
#[repr(C, align(4))]
pub struct Calibration {
    parameters: [u8; PARAMETERS_LEN],
    kept: [u8; KEPT_LEN],
}

impl Calibration {
    /// No parameters, no results.
    pub const fn new() -> Calibration {
        Calibration {
            parameters: [0; PARAMETERS_LEN],
            kept: [0; KEPT_LEN],
        }
    }

    /// The parameters that the results hold for.
    pub fn parameters(&self) -> &[u8; PARAMETERS_LEN] {
        &self.parameters
    }

    /// The results.
    pub fn kept(&self) -> &[u8; KEPT_LEN] {
        &self.kept
    }

    /// Both, to fill in results that were kept.
    pub fn parts(&mut self) -> (&[u8; PARAMETERS_LEN], &mut [u8; KEPT_LEN]) {
        (&self.parameters, &mut self.kept)
    }

    /// Whether the results are of this library on the chip with these two words of identity, and whole, as far
    /// as their own sums tell. What the library would find wrong it calibrates anew, but says nothing.
    pub fn is_sound(&self, chip: [u32; 2]) -> bool {
        let (results, gains) = self.kept.split_at(RESULTS_LEN);
        word(results, CHIP[0]) == chip[0]
            && word(results, CHIP[1]) == chip[1]
            && word(results, SUM) == !sum(&results[..4 * SUM])
            && word(results, LIBRARY) >> 16 & 0xFFF == LIBRARY_NUMBER
            && word(gains, GAINS - 1) == !sum(&gains[..4 * (GAINS - 1)])
    }

    /// What the library calls its block: parameters, then results.
    #[cfg(target_arch = "xtensa")]
    pub(super) fn block(&mut self) -> *mut u8 {
        (self as *mut Calibration).cast()
    }

    /// The library's table of gains.
    #[cfg(target_arch = "xtensa")]
    pub(super) fn gains(&mut self) -> *mut u32 {
        self.block()
            .wrapping_add(PARAMETERS_LEN + RESULTS_LEN)
            .cast()
    }
}

impl Default for Calibration {
    fn default() -> Calibration {
        Calibration::new()
    }
}

/// The two words that the libraries know a chip by, from its efuses.
pub fn chip(read: impl Fn(u32) -> u32) -> [u32; 2] {
    use crate::efuse::EFUSE;
    let [zero, one, two, three] = [0, 4, 8, 12].map(|offset| read(EFUSE + offset));
    [
        (two & 0xF000) << 16 | one & 0x0FFF_FFFF,
        zero & 0xFF00_0000 | three & 0x00FF_FFFF,
    ]
}

fn word(bytes: &[u8], index: usize) -> u32 {
    let bytes = &bytes[4 * index..][..4];
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn sum(bytes: &[u8]) -> u32 {
    (0..bytes.len() / 4).fold(0, |sum: u32, index| sum.wrapping_add(word(bytes, index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: [u32; 2] = [0x1234, 0x5678];

    fn put(calibration: &mut Calibration, index: usize, value: u32) {
        calibration.kept[4 * index..][..4].copy_from_slice(&value.to_le_bytes());
    }

    fn sound() -> Calibration {
        let mut calibration = Calibration::new();
        for (at, byte) in calibration.kept.iter_mut().enumerate() {
            *byte = (at * 7) as u8;
        }
        put(&mut calibration, CHIP[0], ME[0]);
        put(&mut calibration, CHIP[1], ME[1]);
        let total = sum(&calibration.kept[..4 * SUM]);
        put(&mut calibration, SUM, !total);
        put(&mut calibration, LIBRARY, LIBRARY_NUMBER << 16 | 5);
        let total = sum(&calibration.kept[RESULTS_LEN..][..4 * (GAINS - 1)]);
        put(&mut calibration, RESULTS_LEN / 4 + GAINS - 1, !total);
        calibration
    }

    #[test]
    fn results_of_this_chip_and_library_are_sound() {
        assert!(sound().is_sound(ME));
        assert!(!Calibration::new().is_sound([0; 2]));
    }

    #[test]
    fn another_chips_or_another_librarys_are_not() {
        assert!(!sound().is_sound([ME[0], ME[1] + 1]));
        assert!(!sound().is_sound([ME[0] + 1, ME[1]]));
        let mut other = sound();
        put(&mut other, LIBRARY, (LIBRARY_NUMBER + 1) << 16);
        assert!(!other.is_sound(ME));
    }

    #[test]
    fn any_changed_byte_under_a_sum_is_found() {
        for at in (0..4 * SUM).chain(RESULTS_LEN..KEPT_LEN) {
            let mut changed = sound();
            changed.kept[at] ^= 0x10;
            assert!(!changed.is_sound(ME), "byte {at}");
        }
    }
}
