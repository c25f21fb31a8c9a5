//! The D1 mini's header: what its labels mean, and the blue LED.

use super::Machine;
use crate::periph::gpio::LedChange;

/// A pin, by the label next to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pin {
    /// GPIO16, of the RTC domain.
    D0,
    /// GPIO5.
    D1,
    /// GPIO4.
    D2,
    /// GPIO0: pulled up; low in a reset means download mode.
    D3,
    /// GPIO2: pulled up, with the blue LED, and UART1's output.
    D4,
    /// GPIO14.
    D5,
    /// GPIO12.
    D6,
    /// GPIO13.
    D7,
    /// GPIO15: pulled down.
    D8,
}

impl Pin {
    /// All of them.
    pub const ALL: [Pin; 9] = [
        Pin::D0,
        Pin::D1,
        Pin::D2,
        Pin::D3,
        Pin::D4,
        Pin::D5,
        Pin::D6,
        Pin::D7,
        Pin::D8,
    ];

    /// The GPIO number.
    pub fn gpio(self) -> u32 {
        match self {
            Pin::D0 => 16,
            Pin::D1 => 5,
            Pin::D2 => 4,
            Pin::D3 => 0,
            Pin::D4 => 2,
            Pin::D5 => 14,
            Pin::D6 => 12,
            Pin::D7 => 13,
            Pin::D8 => 15,
        }
    }
}

impl Machine {
    /// Wires a pin to that level, or to nothing. What the chip drives against it loses, and the
    /// straps stay as [`Machine::set_strap`] has them.
    pub fn drive_pin(&mut self, pin: Pin, level: Option<bool>) {
        let now = self.bus.now();
        match pin {
            Pin::D0 => self.bus.devices.rtc.drive_gpio16(level),
            _ => self.bus.devices.drive_pin(pin.gpio(), level, now),
        }
    }

    /// The level at a pin.
    pub fn pin(&self, pin: Pin) -> bool {
        match pin {
            Pin::D0 => self.bus.devices.rtc.gpio16(),
            _ => self.bus.devices.gpio.levels() >> pin.gpio() & 1 != 0,
        }
    }

    /// The blue LED is on.
    pub fn led(&self) -> bool {
        self.bus.devices.gpio.led()
    }

    /// Takes the LED's changes since the last call, oldest first; of very many the first.
    pub fn take_led_changes(&mut self) -> Vec<LedChange> {
        self.bus.devices.gpio.take_led_changes()
    }
}
