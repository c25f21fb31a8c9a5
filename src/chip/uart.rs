//! UART0, the serial console: transmit only, 74880 baud, 8N1 as the mask ROM left it.

use crate::console::Port;

use super::clock;

/// The mask ROM's rate with a 26 MHz crystal, and so the console's.
const BAUD: u32 = 74_880;
/// Two characters on the wire, in cycles of the fastest clock: start, 8 data and stop bits each.
const TWO_CHARACTERS: u32 = 2 * 10 * (clock::PROCESSOR_HZ / BAUD);

/// Registers of UART0 (ESP8266 technical reference, appendix 2).
const FIFO: *mut u32 = 0x6000_0000 as *mut u32;
const CLKDIV: *mut u32 = 0x6000_0014 as *mut u32;
const STATUS: *const u32 = 0x6000_001C as *const u32;
/// STATUS: bytes in the transmit FIFO.
const STATUS_WAITING_SHIFT: u32 = 16;
const STATUS_WAITING_MASK: u32 = 0xFF;
/// Bytes the FIFO holds, less a margin.
const FIFO_LEN: u32 = 126;

/// The transmitter of UART0.
///
/// There may be several: the console's and, when everything else is lost, the fault handler's.
pub struct Uart0(());

impl Uart0 {
    /// A handle to the transmitter.
    pub const fn new() -> Uart0 {
        Uart0(())
    }

    /// Sets the rate for the clock after [`clock::start_pll`].
    pub fn set_rate(&mut self) {
        // SAFETY: the divisor is a register of its own, and 20 bits wide.
        unsafe { CLKDIV.write_volatile(clock::PERIPHERAL_HZ / BAUD) };
    }

    /// Waits until the last bit has left.
    pub fn drain(&mut self) {
        while self.waiting() != 0 {}
        xtensa_lx::timer::delay(TWO_CHARACTERS);
    }

    fn waiting(&self) -> u32 {
        // SAFETY: reading STATUS has no effect.
        let status = unsafe { STATUS.read_volatile() };
        status >> STATUS_WAITING_SHIFT & STATUS_WAITING_MASK
    }
}

impl Port for Uart0 {
    fn put(&mut self, byte: u8) -> bool {
        if self.waiting() >= FIFO_LEN {
            return false;
        }
        // SAFETY: a write appends to the transmit FIFO, which has room.
        unsafe { FIFO.write_volatile(u32::from(byte)) };
        true
    }
}
