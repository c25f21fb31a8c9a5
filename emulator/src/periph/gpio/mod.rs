//! GPIO: latches, pads, straps, pin interrupts, and the D1 mini's LED.
//!
//! Registers after hardware facts 5.5. A pad shows what is wired to it from outside, else what
//! the chip drives, else what pulls at it: the board's resistors before the chip's own.

mod iomux;

pub use iomux::IoMux;

use super::uart::Modem;
use crate::time::Time;

const OUT: u32 = 0x00;
const OUT_SET: u32 = 0x04;
const OUT_CLEAR: u32 = 0x08;
const ENABLE: u32 = 0x0C;
const ENABLE_SET: u32 = 0x10;
const ENABLE_CLEAR: u32 = 0x14;
const IN: u32 = 0x18;
const STATUS: u32 = 0x1C;
const STATUS_SET: u32 = 0x20;
const STATUS_CLEAR: u32 = 0x24;
const PIN0: u32 = 0x28;
const PIN15: u32 = 0x64;
const SIGMA_DELTA: u32 = 0x68;
const RTC_CALIB: u32 = 0x6C;
const RTC_CALIB_RESULT: u32 = 0x70;

const PIN_OPEN_DRAIN: u32 = 1 << 2;
const PIN_WAKE: u32 = 1 << 10;

const PINS: u32 = 0xFFFF;
/// GPIO0 and 2 are pulled up on a D1 mini, 4 and 5 inside the chip; 1 and 3 are UART0's lines, high
/// at rest. GPIO15 is pulled down.
const PULLED_UP: u32 = 0x3F;
const PULLED_DOWN: u32 = 1 << 15;
/// Second boot-mode number, what boards with SPI flash show (hardware facts 3.1).
const SECOND_MODE: u32 = 6;
/// The blue LED lights while this pin is low.
const LED_PIN: u32 = 2;
/// UART0's modem inputs, as function 4 of these pins.
const CTS_PIN: usize = 13;
const DSR_PIN: usize = 14;
const MODEM_FUNCTION: u32 = 4;
/// LED changes kept for whoever asks; a dimmed LED makes thousands a second.
const LED_CHANGES_KEPT: usize = 1024;

/// The blue LED was switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedChange {
    /// When.
    pub at: Time,
    /// On.
    pub lit: bool,
}

/// The pins.
#[derive(Clone, Debug)]
pub struct Gpio {
    boot_mode: u32,
    out: u32,
    enable: u32,
    status: u32,
    pins: [u32; 16],
    sigma_delta: u32,
    rtc_calib: u32,
    mux: IoMux,
    outside: Outside,
    led_changes: Vec<LedChange>,
}

/// What is wired to the pins.
#[derive(Clone, Copy, Debug, Default)]
struct Outside {
    driven: u32,
    high: u32,
}

impl Gpio {
    /// Pins after power-on; `boot_mode` is the first number the ROM prints.
    pub fn new(boot_mode: u32) -> Gpio {
        Gpio {
            boot_mode,
            out: 0,
            enable: 0,
            status: 0,
            pins: [0; 16],
            sigma_delta: 0,
            rtc_calib: 0,
            mux: IoMux::default(),
            outside: Outside::default(),
            led_changes: Vec::new(),
        }
    }

    /// Chip reset: everything but the wires outside.
    pub fn reset(&mut self, boot_mode: u32, now: Time) {
        let before = self.levels();
        let (outside, led_changes) = (self.outside, std::mem::take(&mut self.led_changes));
        *self = Gpio {
            outside,
            led_changes,
            ..Gpio::new(boot_mode)
        };
        self.note_led(before, now);
    }

    /// State of the interrupt request.
    pub fn interrupt(&self) -> bool {
        self.status != 0
    }

    /// Levels at the pads of GPIO0 to GPIO15.
    pub fn levels(&self) -> u32 {
        // Strap 1 holds GPIO0 low.
        let held_low = u32::from(self.boot_mode & 2 == 0);
        let (chip_up, chip_down) = self.mux.pulls();
        let pulled = PULLED_UP | chip_up & !chip_down & !PULLED_DOWN;
        let open = (0..16)
            .filter(|pin| self.pins[*pin] & PIN_OPEN_DRAIN != 0)
            .fold(0, |pins, pin| pins | 1 << pin);
        let driven = self.enable & self.mux.gpio_pins() & !(open & self.out);
        let inside = self.out & driven | pulled & !held_low & !driven;
        (self.outside.high & self.outside.driven | inside & !self.outside.driven) & PINS
    }

    /// Drives a pin from outside, or lets go of it.
    pub fn drive(&mut self, pin: u32, level: Option<bool>, now: Time) {
        let before = self.levels();
        let bit = 1 << pin & PINS;
        self.outside.driven &= !bit;
        self.outside.high &= !bit;
        if let Some(level) = level {
            self.outside.driven |= bit;
            self.outside.high |= if level { bit } else { 0 };
        }
        self.changed(before, now);
    }

    /// The blue LED is on.
    pub fn led(&self) -> bool {
        self.levels() >> LED_PIN & 1 == 0
    }

    /// Takes the LED's changes, oldest first; of very many the first.
    pub fn take_led_changes(&mut self) -> Vec<LedChange> {
        std::mem::take(&mut self.led_changes)
    }

    /// What UART0 sees of its modem inputs: a pin that does not serve them reads low.
    pub fn modem_pins(&self) -> Modem {
        let high = |pin| self.mux.function(pin) == MODEM_FUNCTION && self.levels() >> pin & 1 != 0;
        Modem {
            cts: high(CTS_PIN),
            dsr: high(DSR_PIN),
        }
    }

    /// True when a pin is at the level that ends a light sleep (PINn bit 10).
    pub fn wakes(&self) -> bool {
        let levels = self.levels();
        self.pins.iter().enumerate().any(|(number, pin)| {
            let high = levels >> number & 1 != 0;
            pin & PIN_WAKE != 0 && matches!((pin >> 7 & 7, high), (4, false) | (5, true))
        })
    }

    /// Reads a register; `None` when there is none.
    pub fn read(&self, offset: u32) -> Option<u32> {
        Some(match offset {
            OUT => self.out,
            ENABLE => self.enable,
            IN => SECOND_MODE << 29 | self.boot_mode << 16 | self.levels(),
            STATUS => self.status,
            OUT_SET | OUT_CLEAR | ENABLE_SET | ENABLE_CLEAR | STATUS_SET | STATUS_CLEAR => 0,
            PIN0..=PIN15 => self.pins[(offset - PIN0) as usize / 4],
            SIGMA_DELTA => self.sigma_delta,
            RTC_CALIB => self.rtc_calib,
            // Ready at once; no slow clock to measure.
            RTC_CALIB_RESULT => 3 << 30,
            _ => return None,
        })
    }

    /// Writes a register; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        let before = self.levels();
        match offset {
            OUT => self.out = value,
            OUT_SET => self.out |= value,
            OUT_CLEAR => self.out &= !value,
            ENABLE => self.enable = value & PINS,
            ENABLE_SET => self.enable |= value & PINS,
            ENABLE_CLEAR => self.enable &= !value,
            IN => {}
            STATUS => self.status = value & PINS,
            STATUS_SET => self.status |= value & PINS,
            STATUS_CLEAR => self.status &= !value,
            PIN0..=PIN15 => self.pins[(offset - PIN0) as usize / 4] = value,
            SIGMA_DELTA => self.sigma_delta = value,
            RTC_CALIB => self.rtc_calib = value,
            RTC_CALIB_RESULT => {}
            _ => return None,
        }
        self.changed(before, now);
        Some(())
    }

    /// Reads a register of the multiplexer; `None` when there is none.
    pub fn read_mux(&self, offset: u32) -> Option<u32> {
        self.mux.read(offset)
    }

    /// Writes a register of the multiplexer; `None` when there is none.
    pub fn write_mux(&mut self, offset: u32, value: u32, now: Time) -> Option<()> {
        let before = self.levels();
        self.mux.write(offset, value)?;
        self.changed(before, now);
        Some(())
    }

    fn changed(&mut self, before: u32, now: Time) {
        self.sense(before, self.levels());
        self.note_led(before, now);
    }

    fn note_led(&mut self, before: u32, now: Time) {
        let lit = self.led();
        let was = before >> LED_PIN & 1 == 0;
        if lit != was && self.led_changes.len() < LED_CHANGES_KEPT {
            self.led_changes.push(LedChange { at: now, lit });
        }
    }

    /// Latches pin interrupts: bits 9:7 of PINn are 1 rising, 2 falling, 3 any, 4 low, 5 high.
    fn sense(&mut self, before: u32, after: u32) {
        for (number, pin) in self.pins.iter().enumerate() {
            let (was, is) = (before >> number & 1, after >> number & 1);
            let hit = match pin >> 7 & 7 {
                1 => was < is,
                2 => was > is,
                3 => was != is,
                4 => is == 0,
                5 => is == 1,
                _ => false,
            };
            if hit {
                self.status |= 1 << number;
            }
        }
    }
}

#[cfg(test)]
mod tests;
