//! The RTC domain: reset cause, slow counter, and the RAM that outlives a reset.
//!
//! Registers after hardware facts 5.7. RTC RAM powers up with noise and keeps
//! its contents over every reset that is not a loss of power.

use super::rng::Rng;
use crate::time::Time;

const CTRL: u32 = 0x00;
const TRANSITION: u32 = 0x08;
const STATE1: u32 = 0x14;
const STATE2: u32 = 0x18;
const COUNTER: u32 = 0x1C;
const INT_STATUS: u32 = 0x28;
const LAST: u32 = 0xFC;

const CTRL_CHIP_RESET: u32 = 1 << 31;
const TRANSITION_START: u32 = 1 << 20;
/// The slow RC oscillator, about 150 kHz.
const SLOW_CLOCK_HZ: u128 = 150_000;

/// Bytes of RTC RAM, system and user part together.
pub const RAM_LEN: u32 = 0x400;

/// Why the chip came out of reset, as the low bits of STATE1 say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// Power was applied.
    PowerOn = 1,
    /// The reset pin (RST/EN).
    Pin = 2,
    /// Bit 31 of 0x60000700.
    Software = 3,
    /// The hardware watchdog.
    Watchdog = 4,
}

/// RTC registers and RAM.
#[derive(Clone, Debug)]
pub struct Rtc {
    registers: [u32; LAST as usize / 4 + 1],
    ram: Vec<u32>,
    chip_reset: bool,
}

impl Rtc {
    /// The RTC domain as power-on leaves it.
    pub fn powered_up(noise: &mut Rng) -> Rtc {
        let ram = (0..RAM_LEN / 4).map(|_| noise.next_u32()).collect();
        let mut rtc = Rtc {
            registers: [0; LAST as usize / 4 + 1],
            ram,
            chip_reset: false,
        };
        rtc.set_cause(ResetCause::PowerOn);
        rtc
    }

    /// Records why the digital core restarts; everything else here survives.
    pub fn set_cause(&mut self, cause: ResetCause) {
        let state = &mut self.registers[STATE1 as usize / 4];
        *state = *state & !0xF | cause as u32;
        self.chip_reset = false;
    }

    /// True once after the guest asked for a chip reset.
    pub fn take_chip_reset(&mut self) -> bool {
        std::mem::take(&mut self.chip_reset)
    }

    /// Reads a register; `None` when there is none.
    pub fn read(&self, offset: u32, now: Time) -> Option<u32> {
        match offset {
            COUNTER => Some((u128::from(now.0) * SLOW_CLOCK_HZ / 1_000_000_000_000) as u32),
            // Start-up spins until one of these is set after a transition request.
            INT_STATUS if self.registers[TRANSITION as usize / 4] & TRANSITION_START != 0 => {
                Some(1)
            }
            _ => self.registers.get(offset as usize / 4).copied(),
        }
    }

    /// Writes a register; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        match offset {
            // What the hardware decides is not the guest's to write.
            STATE1 | STATE2 | COUNTER | INT_STATUS => {}
            CTRL => {
                self.chip_reset |= value & CTRL_CHIP_RESET != 0;
                self.registers[0] = value & !CTRL_CHIP_RESET;
            }
            _ => *self.registers.get_mut(offset as usize / 4)? = value,
        }
        Some(())
    }

    /// Reads a word of RTC RAM.
    pub fn read_ram(&self, offset: u32) -> Option<u32> {
        self.ram.get(offset as usize / 4).copied()
    }

    /// Writes a word of RTC RAM.
    pub fn write_ram(&mut self, offset: u32, value: u32) -> Option<()> {
        *self.ram.get_mut(offset as usize / 4)? = value;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rtc_ram_survives_a_reset_and_powers_up_with_noise() {
        let mut rtc = Rtc::powered_up(&mut Rng::new(7));
        rtc.write_ram(0x200, 0x1234_5678);
        rtc.set_cause(ResetCause::Watchdog);
        assert_eq!(rtc.read_ram(0x200), Some(0x1234_5678));
        assert_eq!(rtc.read(STATE1, Time(0)).unwrap() & 0xF, 4);
        let other = Rtc::powered_up(&mut Rng::new(8));
        assert_ne!(Rtc::powered_up(&mut Rng::new(7)).ram, other.ram);
    }

    #[test]
    fn the_guest_can_ask_for_a_chip_reset_once() {
        let mut rtc = Rtc::powered_up(&mut Rng::new(7));
        rtc.write(CTRL, CTRL_CHIP_RESET);
        assert!(rtc.take_chip_reset());
        assert!(!rtc.take_chip_reset());
    }
}
