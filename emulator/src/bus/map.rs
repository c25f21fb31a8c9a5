//! The memory map of hardware facts 2: which part of the chip answers where.

use core::ops::Range;

/// Data RAM: 80 KiB for the user and, from 0x3FFFC000, 16 KiB the mask ROM uses for data and stack.
pub const DRAM: Range<u32> = 0x3FFE_8000..0x4000_0000;
/// Mask ROM, word loads only.
pub const ROM: Range<u32> = 0x4000_0000..0x4001_0000;
/// Instruction RAM, word accesses only; the last two 16 KiB can become the flash cache.
pub const IRAM: Range<u32> = 0x4010_0000..0x4011_0000;
/// First 16 KiB the cache takes (DPORT 0x3FF00024 bit 3).
pub const CACHE_BANK_0: Range<u32> = 0x4010_C000..0x4011_0000;
/// Second 16 KiB the cache can take (DPORT 0x3FF00024 bit 4).
pub const CACHE_BANK_1: Range<u32> = 0x4010_8000..0x4010_C000;
/// One mebibyte of flash, seen through the cache, word loads only.
pub const WINDOW: Range<u32> = 0x4020_0000..0x4030_0000;
/// DPORT, efuse and (from 0x3FF20000) the Wi-Fi MAC.
pub const DPORT: Range<u32> = 0x3FF0_0000..0x3FF0_0060;
/// Wi-Fi MAC.
pub const WDEV: Range<u32> = 0x3FF2_0000..0x3FF3_0000;
/// Peripherals on the APB, RTC RAM and the baseband.
pub const APB: Range<u32> = 0x6000_0000..0x6001_0000;
/// The region the ROM makes inaccessible at reset (hardware facts 1.5).
pub const PROHIBITED: Range<u32> = 0x0000_0000..0x2000_0000;

/// What answers at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Data RAM, at this offset.
    Dram(u32),
    /// Instruction RAM, at this offset.
    Iram(u32),
    /// Mask ROM, at this offset.
    Rom(u32),
    /// The flash window, at this offset.
    Window(u32),
    /// A register, at this (full) address.
    Register(u32),
    /// Nothing.
    Nothing,
}

impl Region {
    /// The region `address` belongs to.
    pub fn of(address: u32) -> Region {
        if DRAM.contains(&address) {
            Region::Dram(address - DRAM.start)
        } else if IRAM.contains(&address) {
            Region::Iram(address - IRAM.start)
        } else if WINDOW.contains(&address) {
            Region::Window(address - WINDOW.start)
        } else if ROM.contains(&address) {
            Region::Rom(address - ROM.start)
        } else if DPORT.contains(&address) || WDEV.contains(&address) || APB.contains(&address) {
            Region::Register(address)
        } else {
            Region::Nothing
        }
    }
}
