//! The internal I2C hosts to the analog blocks, and the PLL behind them.
//!
//! After hardware facts 5.10: each host register takes a word (block, register,
//! data, write bit), is never busy, and gives the data back in bits 23:16. The
//! only analog effect modelled is the clock: once the PLL block holds the two
//! values for 80 MHz from a 26 MHz crystal, the chip runs from it.

use std::collections::HashMap;

/// Hosts at 0x60000D00 + 4 * host.
const HOSTS: u32 = 16;
const BLOCK_LEN: u32 = 0x100;
const COMMAND_WRITE: u32 = 1 << 24;
/// SAR ADC results and other words that may read as last written.
const LAST: u32 = BLOCK_LEN - 4;
/// Status word whose bit 24 a calibration loop waits for (radio facts 9b).
const CAL_STATUS: u32 = 0x4C;
/// SAR ADC control: bits 26:24 say that a conversion runs; its results from 0x80 on read 0.
const SAR_CONTROL: u32 = 0x50;
const SAR_RUNNING: u32 = 7 << 24;

/// (host, block, register): RF PLL calibration status, bit 7 = done.
const RFPLL_STATUS: (u32, u8, u8) = (1, 0x62, 7);
/// The clock PLL.
const CLOCK_PLL: (u32, u8) = (4, 0x67);
/// Register 1 and 2 of the clock PLL for 80 MHz.
const PLL_80_MHZ: [(u8, u8); 2] = [(1, 0x88), (2, 0x91)];

/// The analog side of the chip.
#[derive(Clone, Debug)]
pub struct Analog {
    registers: HashMap<(u32, u8, u8), u8>,
    commands: [u32; BLOCK_LEN as usize / 4],
}

impl Default for Analog {
    fn default() -> Self {
        Analog {
            registers: HashMap::new(),
            commands: [0; BLOCK_LEN as usize / 4],
        }
    }
}

impl Analog {
    /// True once the clock PLL is set up for 80 MHz.
    pub fn pll_is_set(&self) -> bool {
        let (host, block) = CLOCK_PLL;
        PLL_80_MHZ
            .iter()
            .all(|&(register, value)| self.registers.get(&(host, block, register)) == Some(&value))
    }

    /// Reads a word of the block.
    pub fn read(&self, offset: u32) -> Option<u32> {
        match offset {
            CAL_STATUS => Some(self.commands[CAL_STATUS as usize / 4] | 1 << 24),
            SAR_CONTROL => Some(self.commands[SAR_CONTROL as usize / 4] & !SAR_RUNNING),
            0..=LAST => Some(self.commands[offset as usize / 4]),
            _ => None,
        }
    }

    /// Writes a word of the block: a command for the hosts, storage elsewhere.
    pub fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        let host = offset / 4;
        if host >= HOSTS {
            *self.commands.get_mut(host as usize)? = value;
            return Some(());
        }
        let [block, register, data, _] = value.to_le_bytes();
        let key = (host, block, register);
        let data = if value & COMMAND_WRITE != 0 {
            self.registers.insert(key, data);
            data
        } else {
            let stored = self.registers.get(&key).copied().unwrap_or(0);
            if key == RFPLL_STATUS {
                stored | 0x80
            } else {
                stored
            }
        };
        // Bit 25, busy, stays 0: the transfer is over before the next instruction.
        self.commands[host as usize] = u32::from(block)
            | u32::from(register) << 8
            | u32::from(data) << 16
            | value & COMMAND_WRITE;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(analog: &mut Analog, host: u32, block: u8, register: u8, data: u8) {
        let word = u32::from_le_bytes([block, register, data, 1]);
        analog.write(4 * host, word);
    }

    #[test]
    fn what_was_written_reads_back_through_the_host() {
        let mut analog = Analog::default();
        set(&mut analog, 0, 0x63, 5, 0xAB);
        analog.write(0, 0x0563);
        assert_eq!(analog.read(0), Some(0x00AB_0563));
        analog.write(4, 0x0563);
        assert_eq!(
            analog.read(4),
            Some(0x0000_0563),
            "another host, another chip side"
        );
    }

    #[test]
    fn the_pll_runs_after_both_registers_and_not_before() {
        let mut analog = Analog::default();
        set(&mut analog, 4, 0x67, 1, 0x88);
        assert!(!analog.pll_is_set());
        set(&mut analog, 4, 0x67, 2, 0x91);
        assert!(analog.pll_is_set());
    }

    #[test]
    fn a_conversion_of_the_adc_is_over_at_once() {
        let mut analog = Analog::default();
        analog.write(SAR_CONTROL, u32::MAX);
        assert_eq!(analog.read(SAR_CONTROL), Some(!SAR_RUNNING));
    }

    #[test]
    fn rf_pll_calibration_reports_done() {
        let mut analog = Analog::default();
        analog.write(4, 0x0762);
        assert_eq!(analog.read(4).unwrap() >> 16 & 0x80, 0x80);
    }
}
