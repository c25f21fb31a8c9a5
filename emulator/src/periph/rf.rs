//! The RF front end's and the baseband's registers, whose effects are analog.
//!
//! They remember what is written (radio facts 9a). The few words that start-up
//! code polls answer what ends the loop, at once: nothing takes time where
//! nothing is measured (radio facts 9b; the loops are those of the mask ROM's
//! `rom_iq_est_enable` and `rom_pbus_force_test` and of libphy's noise floor).

use super::storage::Storage;

/// Front end: 0x60000400 and on.
pub const FRONT_END_LEN: u32 = 0x200;
/// Baseband: 0x60009800 and on.
pub const BASEBAND_LEN: u32 = 0x800;

/// IQ estimator, 0x6000057C: bit 31, the estimate is ready.
const IQ_ESTIMATOR: u32 = 0x17C;
const IQ_READY: u32 = 1 << 31;
/// PBUS, the internal bus to gains and power switches, 0x600005A0: bit 31, busy.
const PBUS_STATUS: u32 = 0x1A0;
const PBUS_BUSY: u32 = 1 << 31;
/// Noise floor, 0x60009B60: bit 1, measuring.
const NOISE_FLOOR: u32 = 0x360;
const NOISE_MEASURING: u32 = 1 << 1;

/// Both blocks.
#[derive(Clone, Debug)]
pub struct Rf {
    front_end: Storage,
    baseband: Storage,
}

impl Default for Rf {
    fn default() -> Rf {
        Rf {
            front_end: Storage::new(FRONT_END_LEN),
            baseband: Storage::new(BASEBAND_LEN),
        }
    }
}

impl Rf {
    /// Reads a word of the front end.
    pub fn read_front_end(&self, offset: u32) -> Option<u32> {
        let word = self.front_end.read(offset)?;
        Some(match offset {
            IQ_ESTIMATOR => word | IQ_READY,
            PBUS_STATUS => word & !PBUS_BUSY,
            _ => word,
        })
    }

    /// Writes a word of the front end.
    pub fn write_front_end(&mut self, offset: u32, value: u32) -> Option<()> {
        self.front_end.write(offset, value)
    }

    /// Reads a word of the baseband.
    pub fn read_baseband(&self, offset: u32) -> Option<u32> {
        let word = self.baseband.read(offset)?;
        Some(match offset {
            NOISE_FLOOR => word & !NOISE_MEASURING,
            _ => word,
        })
    }

    /// Writes a word of the baseband.
    pub fn write_baseband(&mut self, offset: u32, value: u32) -> Option<()> {
        self.baseband.write(offset, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_started_is_over() {
        let mut rf = Rf::default();
        rf.write_front_end(IQ_ESTIMATOR, 0x0004_0003);
        assert_eq!(rf.read_front_end(IQ_ESTIMATOR), Some(0x8004_0003));
        rf.write_front_end(PBUS_STATUS, u32::MAX);
        assert_eq!(rf.read_front_end(PBUS_STATUS), Some(0x7FFF_FFFF));
        rf.write_baseband(NOISE_FLOOR, 3);
        assert_eq!(rf.read_baseband(NOISE_FLOOR), Some(1));
    }

    #[test]
    fn other_words_are_remembered_up_to_the_end_of_their_block() {
        let mut rf = Rf::default();
        rf.write_front_end(FRONT_END_LEN - 4, 7);
        assert_eq!(rf.read_front_end(FRONT_END_LEN - 4), Some(7));
        assert_eq!(rf.write_baseband(BASEBAND_LEN, 7), None);
    }
}
