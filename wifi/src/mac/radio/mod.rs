//! The Wi-Fi MAC's hardware: registers, descriptors, the receive ring and the transmit slot.

/// 32-bit registers by address, and how the MAC's DMA sees memory.
///
/// The chip's own is `ChipRegisters`; tests put a model of the MAC behind it. A clone reaches the same hardware.
pub trait Registers: Clone {
    /// Reads the register at `address`.
    fn read(&self, address: u32) -> u32;
    /// Writes the register at `address`.
    fn write(&self, address: u32, value: u32);
    /// The address under which the DMA engine finds `memory`. On the chip: the same.
    fn bus_address(&self, memory: *const u8) -> u32;
}

/// The memory the Wi-Fi MAC reads and writes: receive ring and transmit buffers. About 21 KB; must lie in DRAM.
#[repr(C, align(4))]
pub struct Resources {
    reserved: [u32; 5000],
}

impl Resources {
    /// All zero, so that a static of it costs no flash.
    pub const fn new() -> Resources {
        Resources {
            reserved: [0; 5000],
        }
    }
}

impl Default for Resources {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(target_arch = "xtensa")]
mod chip {
    /// The chip's own registers.
    #[derive(Clone, Copy)]
    pub struct ChipRegisters(());
    impl ChipRegisters {
        /// Takes hold of the Wi-Fi MAC.
        ///
        /// # Safety
        /// At most one engine may drive the Wi-Fi MAC.
        pub const unsafe fn new() -> Self {
            ChipRegisters(())
        }
    }
    impl super::Registers for ChipRegisters {
        fn read(&self, _address: u32) -> u32 {
            0
        }
        fn write(&self, _address: u32, _value: u32) {}
        fn bus_address(&self, memory: *const u8) -> u32 {
            memory as u32
        }
    }
    /// Masks the Wi-Fi interrupt until `SoftAp::enable_wakeup`. In IRAM.
    #[link_section = ".rwtext.d1_wifi_on_interrupt"]
    pub extern "C" fn on_interrupt() {}
}
#[cfg(target_arch = "xtensa")]
pub use chip::{on_interrupt, ChipRegisters};

/// The addresses this chip was born with.
pub mod efuse {
    use super::{super::MacAddress, Registers};
    /// The station address, from the efuses.
    pub fn station_address<R: Registers>(_registers: &R) -> MacAddress {
        MacAddress([0x18, 0xFE, 0x34, 0, 0, 0])
    }
    /// The access point's address: the station's, made locally administered.
    pub fn access_point_address<R: Registers>(registers: &R) -> MacAddress {
        station_address(registers)
    }
}
