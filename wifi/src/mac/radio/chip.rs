//! The chip's own registers, and the one thing that runs in its interrupt.

use super::registers::EVENTS_ENABLED;
use super::Registers;

/// The Wi-Fi MAC of the chip this runs on.
#[derive(Clone)]
pub struct ChipRegisters(());

impl ChipRegisters {
    /// Takes hold of the Wi-Fi MAC.
    ///
    /// # Safety
    /// Only one engine may drive the MAC, and this one reads and writes the registers and the memory of
    /// [`super::Resources`] only. Call it once.
    pub const unsafe fn new() -> ChipRegisters {
        ChipRegisters(())
    }
}

impl Registers for ChipRegisters {
    fn read(&self, address: u32) -> u32 {
        // SAFETY: the radio module passes the addresses of `registers` only: words of the WDEV and DPORT
        // blocks, where reading has no effect on memory.
        unsafe { (address as *const u32).read_volatile() }
    }

    fn write(&self, address: u32, value: u32) {
        // SAFETY: as in `read`. What a write makes the hardware do to memory is confined to the descriptors
        // and buffers of `Resources`, which the receive ring and the transmit queue hand over before they
        // write.
        unsafe { (address as *mut u32).write_volatile(value) }
    }

    fn bus_address(&self, memory: *const u8) -> u32 {
        memory as u32
    }
}

/// The MAC's interrupt (INUM 0, level 1): silences itself. Everything else is for the main loop, which this
/// interrupt woke; [`super::enable_wakeup`] ends the silence. In IRAM, and touches nothing but a register, so
/// it may run while the flash cache is off.
#[link_section = ".rwtext.d1_wifi_on_interrupt"]
#[inline(never)]
pub extern "C" fn on_interrupt() {
    // SAFETY: a register of the MAC, of which a poll has no copy.
    unsafe { (EVENTS_ENABLED as *mut u32).write_volatile(0) }
}
