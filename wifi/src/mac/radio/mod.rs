//! The Wi-Fi MAC's hardware: registers, descriptors, the receive ring and the transmit slot.
//!
//! It carries frames and knows as little of 802.11 as the hardware does: lengths, rates, the retry bit and
//! the timestamp. Written from docs/wifi-mac-registers.md, where every register and what is known of it
//! stands. Setting up the RF part is not done here: on a board that takes calibration nobody has described.

mod bring_up;
#[cfg(target_arch = "xtensa")]
mod chip;
mod dma;
mod events;
#[cfg(test)]
pub(crate) mod fake;
mod key_table;
mod receive_ring;
mod registers;
mod resources;
#[cfg(test)]
mod tests;
mod transmit_queue;
mod transmitter;

pub use bring_up::{enable_wakeup, start, stop};
#[cfg(target_arch = "xtensa")]
pub use chip::{on_interrupt, ChipRegisters};
pub use events::Events;
pub use receive_ring::{ReceiveRing, Reception, Taken, MAX_TAKEN};
pub use resources::Resources;
pub use transmitter::{Finished, TransmitCounters, Transmitter};

/// Bytes the hardware appends to each frame, and for which it wants room.
const FRAME_CHECK_LEN: usize = 4;

/// 32-bit registers by address, and how the MAC's DMA sees memory.
///
/// The chip's own is `ChipRegisters`; tests put a model of the MAC behind it. A clone reaches the same
/// hardware.
pub trait Registers: Clone {
    /// Reads the register at `address`.
    fn read(&self, address: u32) -> u32;
    /// Writes the register at `address`.
    fn write(&self, address: u32, value: u32);
    /// The address under which the DMA engine finds `memory`. On the chip: the same.
    fn bus_address(&self, memory: *const u8) -> u32;
}

/// Clears some bits of a register and sets others.
fn modify<R: Registers>(registers: &R, address: u32, clear: u32, set: u32) {
    registers.write(address, registers.read(address) & !clear | set);
}
