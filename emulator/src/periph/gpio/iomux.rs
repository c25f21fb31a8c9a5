//! The IO multiplexer: which function a pin serves, and its pull resistors.
//!
//! Registers after hardware facts 5.6 and Espressif's pin_mux_register.h. Peripherals other than
//! GPIO and UART0's modem lines do not look here: UART data and the flash are always connected.

/// CONF and sixteen pins.
const REGISTERS: usize = 17;
const PULL_DOWN: u32 = 1 << 6;
const PULL_UP: u32 = 1 << 7;
/// GPIO number to register offset.
const OFFSETS: [u32; 16] = [
    0x34, 0x18, 0x38, 0x14, 0x3C, 0x40, 0x1C, 0x20, 0x24, 0x28, 0x2C, 0x30, 0x04, 0x08, 0x0C, 0x10,
];
/// The pins whose function 0 is GPIO; it is 3 for the others.
const GPIO_FIRST: u32 = 1 << 0 | 1 << 2 | 1 << 4 | 1 << 5;

/// The registers.
#[derive(Clone, Debug, Default)]
pub struct IoMux {
    registers: [u32; REGISTERS],
}

impl IoMux {
    /// Reads a register; `None` when there is none.
    pub fn read(&self, offset: u32) -> Option<u32> {
        self.registers.get(offset as usize / 4).copied()
    }

    /// Writes a register; `None` when there is none.
    pub fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        *self.registers.get_mut(offset as usize / 4)? = value;
        Some(())
    }

    fn pin(&self, gpio: usize) -> u32 {
        self.registers[OFFSETS[gpio] as usize / 4]
    }

    /// The function a pin is set to: bits 5:4, and bit 8 above them.
    pub fn function(&self, gpio: usize) -> u32 {
        let pin = self.pin(gpio);
        pin >> 4 & 3 | (pin >> 8 & 1) << 2
    }

    fn collect(&self, is: impl Fn(usize) -> bool) -> u32 {
        (0..OFFSETS.len())
            .filter(|gpio| is(*gpio))
            .fold(0, |pins, gpio| pins | 1 << gpio)
    }

    /// The pins that GPIO drives, if anything does.
    pub fn gpio_pins(&self) -> u32 {
        self.collect(|gpio| {
            let wanted = if GPIO_FIRST >> gpio & 1 != 0 { 0 } else { 3 };
            self.function(gpio) == wanted
        })
    }

    /// The pins with a pull-up and those with a pull-down resistor switched on.
    pub fn pulls(&self) -> (u32, u32) {
        (
            self.collect(|gpio| self.pin(gpio) & PULL_UP != 0),
            self.collect(|gpio| self.pin(gpio) & PULL_DOWN != 0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpio_is_function_0_of_four_pins_and_3_of_the_others() {
        let mut mux = IoMux::default();
        assert_eq!(mux.gpio_pins(), GPIO_FIRST);
        mux.write(0x04, 3 << 4); // MTDI: GPIO12
        assert_eq!(mux.gpio_pins(), GPIO_FIRST | 1 << 12);
        mux.write(0x38, 2 << 4); // GPIO2: UART1's output
        assert_eq!(mux.gpio_pins(), GPIO_FIRST & !(1 << 2) | 1 << 12);
        mux.write(0x08, 1 << 8); // MTCK: UART0's CTS
        assert_eq!(mux.function(13), 4);
    }

    #[test]
    fn each_pin_has_a_register_of_its_own() {
        let mut mux = IoMux::default();
        for (gpio, offset) in OFFSETS.into_iter().enumerate() {
            mux.write(offset, PULL_UP);
            assert_eq!(mux.pulls(), ((1u32 << (gpio + 1)) - 1, 0));
        }
        assert_eq!(mux.read(0x44), None);
    }
}
