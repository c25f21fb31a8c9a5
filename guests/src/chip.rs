//! The console of a guest: UART0 as the mask ROM left it.

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::ptr;

const FIFO: *mut u32 = 0x6000_0000 as *mut u32;
const STATUS: *const u32 = 0x6000_001C as *const u32;

/// Sends text, and takes what is typed.
pub struct Console;

impl Console {
    /// Waits for a byte.
    pub fn read(&mut self) -> u8 {
        // SAFETY: UART0's status; reading it changes nothing.
        while unsafe { STATUS.read_volatile() } & 0xFF == 0 {}
        // SAFETY: UART0's FIFO, which has a byte and no other reader.
        unsafe { FIFO.read_volatile() as u8 }
    }

    fn send(&mut self, byte: u8) {
        const ROOM: u32 = 120;
        // SAFETY: UART0's status; reading it changes nothing.
        while unsafe { STATUS.read_volatile() } >> 16 & 0xFF >= ROOM {}
        // SAFETY: UART0's FIFO, which has room.
        unsafe { FIFO.write_volatile(byte.into()) }
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.send(byte));
        Ok(())
    }
}

/// `value`, for all the compiler knows another one.
pub fn opaque<T: Copy>(value: &T) -> T {
    // SAFETY: a reference can be read from.
    unsafe { ptr::read_volatile(value) }
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let _ = writeln!(Console, "{info}");
    loop {}
}
