//! The few registers the loader touches itself.

use d1_image::handoff::{self, Handoff};
use d1_image::record::Entry;

/// SPI0 CTRL: bits 11:0 and 12 divide the bus clock (twice the crystal until an image starts the PLL, then
/// 80 MHz) down to flash.
const SPI0_CTRL: *mut u32 = 0x6000_0208 as *mut u32;
/// Watchdog: control, then the exponents of its two periods, and further on where it is fed.
const WATCHDOG: *mut u32 = 0x6000_0900 as *mut u32;
const WATCHDOG_FEED: usize = 5;

/// Longest reset pulse, watchdog off; bit 0 turns it on.
const WATCHDOG_OFF: u32 = 0x38;
/// 2^13 * 0.8 ms.
const WATCHDOG_6_5_SECONDS: u32 = 13;

/// Reads flash at half the bus clock, for a header that asks for 40 MHz; the mask ROM left it at a quarter.
pub fn speed_flash_up() {
    // SAFETY: the register is there, and flash is idle between two calls of the ROM's routines.
    unsafe { SPI0_CTRL.write_volatile(SPI0_CTRL.read_volatile() & !0x1FFF | 0x101) };
}

/// Resets the chip in 13 seconds, two periods, unless the firmware takes the watchdog over.
pub fn arm_watchdog() {
    // SAFETY: the registers are there; the word is the one that feeds.
    unsafe {
        WATCHDOG.write_volatile(WATCHDOG_OFF);
        WATCHDOG.add(1).write_volatile(WATCHDOG_6_5_SECONDS);
        WATCHDOG.add(2).write_volatile(WATCHDOG_6_5_SECONDS);
        WATCHDOG.add(WATCHDOG_FEED).write_volatile(0x73);
        WATCHDOG.write_volatile(WATCHDOG_OFF | 1);
    }
}

/// Turns the watchdog off and stays here. The ROM's serial loader is a reset with GPIO0 low away.
///
/// The compiler ends unreachable paths with a call of `abort`: they stop here too.
#[export_name = "abort"]
pub extern "C" fn stop() -> ! {
    // SAFETY: the register is there.
    unsafe { WATCHDOG.write_volatile(WATCHDOG_OFF) };
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

/// What stands in for an empty record: an image that the boot before this one started on trial has erased it, if
/// the note of that boot is still there.
#[inline(never)] // smaller than inlined
pub fn lost_trial() -> Option<Entry> {
    let address = handoff::ADDRESS as *const u32;
    // SAFETY: RTC user memory takes words, and these two are the handoff's.
    let (magic, choice) = unsafe { (address.read_volatile(), address.add(1).read_volatile()) };
    Handoff::trial(magic, choice).map(Entry::lost_trial)
}
