//! GPIO: the latches, the strap bits, pin interrupts.
//!
//! Registers after hardware facts 5.5. Outside the chip there is nothing but the
//! strapping resistors of a D1 mini, so inputs read as outputs or as the straps.

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

const PINS: u32 = 0xFFFF;
/// GPIO0, 2, 4 and 5 are pulled up on a D1 mini or inside the chip, GPIO15 is pulled down.
const PULLED_UP: u32 = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 5;
/// Second boot-mode number, what boards with SPI flash show (hardware facts 3.1).
const SECOND_MODE: u32 = 6;

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
}

impl Gpio {
    /// Pins after reset; `boot_mode` is the first number the ROM prints.
    pub fn new(boot_mode: u32) -> Gpio {
        Gpio {
            boot_mode,
            out: 0,
            enable: 0,
            status: 0,
            pins: [0; 16],
            sigma_delta: 0,
            rtc_calib: 0,
        }
    }

    /// State of the interrupt request.
    pub fn interrupt(&self) -> bool {
        self.status != 0
    }

    fn input(&self) -> u32 {
        // Strap 1 holds GPIO0 low.
        let pulled = if self.boot_mode & 2 == 0 {
            PULLED_UP & !1
        } else {
            PULLED_UP
        };
        let pins = self.out & self.enable | pulled & !self.enable;
        SECOND_MODE << 29 | self.boot_mode << 16 | pins & PINS
    }

    /// Reads a register; `None` when there is none.
    pub fn read(&self, offset: u32) -> Option<u32> {
        Some(match offset {
            OUT => self.out,
            ENABLE => self.enable,
            IN => self.input(),
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
    pub fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        let before = self.input();
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
        self.sense(before, self.input());
        Some(())
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
mod tests {
    use super::*;

    #[test]
    fn the_straps_are_read_from_the_input_register() {
        assert_eq!(Gpio::new(3).read(IN).unwrap() >> 16 & 7, 3);
        assert_eq!(Gpio::new(3).read(IN).unwrap() >> 29, 6);
        assert_eq!(Gpio::new(1).read(IN).unwrap() & 1, 0, "GPIO0 is held low");
    }

    #[test]
    fn an_output_edge_interrupts_when_asked_for() {
        let mut gpio = Gpio::new(3);
        gpio.write(ENABLE_SET, 1 << 12);
        gpio.write(PIN0 + 4 * 12, 1 << 7);
        assert!(!gpio.interrupt());
        gpio.write(OUT_SET, 1 << 12);
        assert!(gpio.interrupt());
        gpio.write(STATUS_CLEAR, 1 << 12);
        assert!(!gpio.interrupt());
    }
}
