//! The few registers the loader touches itself.

use d1_image::handoff::{self, Handoff};
use d1_image::header::FlashClock;

/// SPI0 CTRL: bits 11:0 and 12 divide the bus clock (twice the crystal until an image starts the PLL, then
/// 80 MHz) down to flash.
const SPI0_CTRL: *mut u32 = 0x6000_0208 as *mut u32;
const WATCHDOG_CONTROL: *mut u32 = 0x6000_0900 as *mut u32;
const WATCHDOG_FEED: *mut u32 = 0x6000_0914 as *mut u32;

/// Reads flash at the clock that the header asks for; the mask ROM left it at a quarter of the bus clock.
///
/// 80 MHz needs a pin set-up of its own; what runs at 80 MHz runs at 40 MHz too.
pub fn set_flash_clock(clock: FlashClock) {
    let divider = match clock {
        FlashClock::Mhz40 | FlashClock::Mhz80 => 0x101,
        FlashClock::Mhz26 => 0x202,
        FlashClock::Mhz20 => 0x313,
    };
    // SAFETY: the register is there, and flash is idle between two calls of the ROM's routines.
    unsafe { SPI0_CTRL.write_volatile(SPI0_CTRL.read_volatile() & !0x1FFF | divider) };
}

/// Turns the watchdog off and stays here. The ROM's serial loader is a reset with GPIO0 low away.
///
/// The compiler ends unreachable paths with a call of `abort`: they stop here too.
#[export_name = "abort"]
pub extern "C" fn stop() -> ! {
    // SAFETY: the registers are there; bit 0 enables the watchdog, 0x73 is the word that feeds it.
    unsafe {
        WATCHDOG_CONTROL.write_volatile(WATCHDOG_CONTROL.read_volatile() & !1);
        WATCHDOG_FEED.write_volatile(0x73);
    }
    loop {
        core::hint::spin_loop();
    }
}

/// Leaves the firmware a note in RTC memory.
pub fn leave_note(note: &Handoff) {
    let mut address = handoff::ADDRESS as *mut u32;
    for word in note.emit() {
        // SAFETY: RTC user memory takes words, and these four are the handoff's.
        unsafe {
            address.write_volatile(word);
            address = address.add(1);
        }
    }
}
