//! The RTC domain: reset cause, slow counter, sleep, GPIO16, and the RAM that outlives a reset.
//!
//! Registers after hardware facts 5.7; sleep as Espressif's pm_goto_sleep, pm_set_sleep_cycles
//! and system_deep_sleep use them. RTC RAM powers up with noise and keeps its contents over every
//! reset that is not a loss of power.

use super::rng::Rng;
use crate::time::Time;

const CTRL: u32 = 0x00;
/// The counter value that ends a sleep.
const ALARM: u32 = 0x04;
const TRANSITION: u32 = 0x08;
const STATE1: u32 = 0x14;
/// Bits 5:0 what may end a sleep, 13:8 what has ended the last one.
const STATE2: u32 = 0x18;
const COUNTER: u32 = 0x1C;
const INT_CLEAR: u32 = 0x24;
const INT_STATUS: u32 = 0x28;
/// What loses power in a sleep: nothing in a light one, all ones in a deep one.
const POWER_DOWN: u32 = 0x40;
const GPIO16_OUT: u32 = 0x68;
const GPIO16_ENABLE: u32 = 0x74;
const GPIO16_IN: u32 = 0x8C;
const LAST: u32 = 0xFC;

const CTRL_CHIP_RESET: u32 = 1 << 31;
const TRANSITION_START: u32 = 1 << 20;
const WAKE_ENABLES: u32 = 0x3F;
const WAKE_CAUSE_SHIFT: u32 = 8;
const INT_WOKE: u32 = 1 << 0;
/// The slow RC oscillator, about 150 kHz.
const SLOW_CLOCK_HZ: u128 = 150_000;
const PICOSECONDS: u128 = 1_000_000_000_000;

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
    /// The end of a deep sleep.
    DeepSleep = 5,
}

/// What ended a sleep, as STATE2 enables and names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A pin at its level (PINn bit 10).
    Pin = 4,
    /// The alarm.
    Alarm = 8,
}

/// What the guest asked for when it went to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sleep {
    /// Everything but the RTC domain loses power.
    pub deep: bool,
    /// When the alarm comes, if it counts.
    pub alarm: Option<Time>,
    /// A pin may end it, too.
    pub pins_wake: bool,
}

/// RTC registers and RAM.
#[derive(Clone, Debug)]
pub struct Rtc {
    registers: [u32; LAST as usize / 4 + 1],
    ram: Vec<u32>,
    powered_at: Time,
    chip_reset: bool,
    sleep: Option<Sleep>,
    /// GPIO16 driven from outside.
    outside: Option<bool>,
}

impl Rtc {
    /// The RTC domain as power-on leaves it.
    pub fn powered_up(noise: &mut Rng, now: Time) -> Rtc {
        let ram = (0..RAM_LEN / 4).map(|_| noise.next_u32()).collect();
        let mut rtc = Rtc {
            registers: [0; LAST as usize / 4 + 1],
            ram,
            powered_at: now,
            chip_reset: false,
            sleep: None,
            outside: None,
        };
        rtc.set_cause(ResetCause::PowerOn);
        rtc
    }

    fn register(&mut self, offset: u32) -> &mut u32 {
        &mut self.registers[offset as usize / 4]
    }

    /// Records why the digital core restarts; everything else here survives.
    pub fn set_cause(&mut self, cause: ResetCause) {
        let state = self.register(STATE1);
        *state = *state & !0xF | cause as u32;
        self.chip_reset = false;
        self.sleep = None;
    }

    /// True once after the guest asked for a chip reset.
    pub fn take_chip_reset(&mut self) -> bool {
        std::mem::take(&mut self.chip_reset)
    }

    /// The sleep the guest asked for, once.
    pub fn take_sleep(&mut self) -> Option<Sleep> {
        self.sleep.take()
    }

    /// Records what ended a sleep.
    pub fn woken_by(&mut self, wake: Wake) {
        *self.register(INT_STATUS) |= INT_WOKE;
        let state = self.register(STATE2);
        *state = *state & WAKE_ENABLES | (wake as u32) << WAKE_CAUSE_SHIFT;
    }

    /// Drives GPIO16 from outside, or lets go of it.
    pub fn drive_gpio16(&mut self, level: Option<bool>) {
        self.outside = level;
    }

    /// The level at GPIO16; free, it floats low.
    pub fn gpio16(&self) -> bool {
        let bit = |offset: u32| self.registers[offset as usize / 4] & 1 != 0;
        self.outside
            .unwrap_or(bit(GPIO16_ENABLE) && bit(GPIO16_OUT))
    }

    fn count(&self, now: Time) -> u32 {
        (u128::from((now - self.powered_at).0) * SLOW_CLOCK_HZ / PICOSECONDS) as u32
    }

    fn fall_asleep(&mut self, now: Time) {
        let enables = self.registers[STATE2 as usize / 4];
        let alarm = (enables & Wake::Alarm as u32 != 0).then(|| {
            let count = self.count(now);
            let alarm = self.registers[ALARM as usize / 4];
            // One that has just passed ends the sleep at once: the start of the RF part sets it 20 microseconds
            // ahead, and takes about as long to fall asleep.
            let ahead = (alarm.wrapping_sub(count) as i32).max(0).unsigned_abs();
            let ticks = u128::from(self.full_count(now)) + u128::from(ahead);
            let picoseconds = (ticks * PICOSECONDS).div_ceil(SLOW_CLOCK_HZ);
            self.powered_at + Time(u64::try_from(picoseconds).unwrap_or(u64::MAX))
        });
        self.sleep = Some(Sleep {
            deep: self.registers[POWER_DOWN as usize / 4] != 0,
            alarm,
            pins_wake: enables & Wake::Pin as u32 != 0,
        });
    }

    /// The counter without its limit of 32 bits.
    fn full_count(&self, now: Time) -> u64 {
        (u128::from((now - self.powered_at).0) * SLOW_CLOCK_HZ / PICOSECONDS) as u64
    }

    /// Reads a register; `None` when there is none.
    pub fn read(&self, offset: u32, now: Time) -> Option<u32> {
        match offset {
            COUNTER => Some(self.count(now)),
            INT_CLEAR => Some(0),
            GPIO16_IN => Some(u32::from(self.gpio16())),
            _ => self.registers.get(offset as usize / 4).copied(),
        }
    }

    /// Writes a register; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        match offset {
            // What the hardware decides is not the guest's to write.
            STATE1 | COUNTER | INT_STATUS | GPIO16_IN => {}
            STATE2 => {
                let state = self.register(STATE2);
                *state = *state & !WAKE_ENABLES | value & WAKE_ENABLES;
            }
            INT_CLEAR => *self.register(INT_STATUS) &= !value,
            CTRL => {
                self.chip_reset |= value & CTRL_CHIP_RESET != 0;
                self.registers[0] = value & !CTRL_CHIP_RESET;
            }
            TRANSITION => {
                let starts = value & !*self.register(TRANSITION) & TRANSITION_START != 0;
                // The request is over with the sleep.
                *self.register(TRANSITION) = value & !TRANSITION_START;
                if starts {
                    self.fall_asleep(now);
                }
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
mod tests;
