//! Restarting the chip, and why it was restarted.

use crate::reset::ResetCause;

const RTC_CONTROL: *mut u32 = 0x6000_0700 as *mut u32;
const RTC_STATE1: *const u32 = 0x6000_0714 as *const u32;
/// RTC_CONTROL: resets the digital core (the mask ROM's `software_reset` sets it).
const RESET: u32 = 1 << 31;

/// Restarts the chip: the mask ROM, the boot loader, the image that the boot record selects.
pub fn restart() -> ! {
    // SAFETY: both are plain registers; the second access does not return.
    unsafe { RTC_CONTROL.write_volatile(RTC_CONTROL.read_volatile() | RESET) };
    loop {
        core::hint::spin_loop();
    }
}

/// Why the chip came out of its last reset.
pub fn cause() -> ResetCause {
    // SAFETY: reading has no effect.
    ResetCause::new((unsafe { RTC_STATE1.read_volatile() } & 0xF) as u8)
}
