//! The console of a guest: UART0 as the mask ROM left it.

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::ptr;

const FIFO: *mut u32 = 0x6000_0000 as *mut u32;
const STATUS: *const u32 = 0x6000_001C as *const u32;

/// Sends text, and takes what is typed.
pub struct Console;

impl Console {
    /// Looks for a byte that many times.
    pub fn read(&mut self, looks: u32) -> Option<u8> {
        for _ in 0..looks {
            // SAFETY: UART0's status; reading it changes nothing.
            if unsafe { STATUS.read_volatile() } & 0xFF > 0 {
                // SAFETY: UART0's FIFO, which has a byte and no other reader.
                return Some(unsafe { FIFO.read_volatile() as u8 });
            }
        }
        None
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
