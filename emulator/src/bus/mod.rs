//! What the core sees of the rest of the chip, and how devices join in.

pub mod clock;
pub mod flash;
pub mod journal;
pub mod map;
pub mod ram;
pub mod system;

pub use system::SystemBus;

use crate::time::Time;

/// Width of a load or store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 8 bits.
    Byte,
    /// 16 bits.
    Half,
    /// 32 bits.
    Word,
}

/// Why the chip refuses an access. The core turns it into the exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A narrow access to a word-only memory, or a store to read-only memory: EXCCAUSE 3.
    LoadStoreError,
    /// No memory there, or a prohibited region: EXCCAUSE 28 (load), 29 (store), 20 (fetch).
    Prohibited,
    /// Fetches only: the mask ROM, which the board re-implements outside the core. Not an
    /// exception: the core's run loop returns with `pc` still here, the board does the
    /// routine's work (or a slice of it), sets the registers as the routine would and
    /// runs the core again. Interrupts may be taken at such a `pc` as anywhere else.
    Intercepted,
}

/// The core's view of the chip. Addresses are naturally aligned: the core raises EXCCAUSE 9 itself.
pub trait Bus {
    /// Reads the aligned word at `address` as instructions.
    fn fetch(&mut self, address: u32) -> Result<u32, Fault>;
    /// As [`Bus::fetch`], of instructions that are not executed yet: without any effect, and `None` where
    /// `fetch` would refuse.
    fn fetch_ahead(&mut self, address: u32) -> Option<u32>;
    /// As [`Bus::load`], where time does not matter and nothing but the value comes of it; `None` for everything
    /// else, unaligned addresses too.
    fn load_memory(&self, address: u32, width: Width) -> Option<u32>;
    /// As [`Bus::store`], where time does not matter and no code can be; `false`, and nothing stored, for
    /// everything else, unaligned addresses too.
    fn store_memory(&mut self, address: u32, width: Width, value: u32) -> bool;
    /// Loads, zero-extended to 32 bits.
    fn load(&mut self, address: u32, width: Width) -> Result<u32, Fault>;
    /// Stores the low bits of `value`.
    fn store(&mut self, address: u32, width: Width, value: u32) -> Result<(), Fault>;
    /// Changes whenever bytes that were fetched earlier may read differently now
    /// (store to instruction memory, cache remap, flash contents): decoded
    /// instructions cached under an older number are stale.
    fn code_generation(&self) -> u64;
    /// Lets `cycles` core cycles pass.
    fn advance(&mut self, cycles: u64);
    /// Core cycles since power-on.
    fn cycles(&self) -> u64;
    /// True once a register access may have changed interrupt lines or the
    /// time of the next device event: the core's run loop then returns.
    fn attention(&self) -> bool;
}

/// Memory as a bus master (DMA) sees it.
pub trait Dma {
    /// Copies from memory; `false` when the range is not all data RAM.
    fn read(&self, address: u32, buffer: &mut [u8]) -> bool;
    /// Copies to memory; `false` (and nothing written) when the range is not all data RAM.
    fn write(&mut self, address: u32, bytes: &[u8]) -> bool;
}

/// A register block. Offsets are from its base, 4-aligned; narrow accesses are widened by the bus.
pub trait Peripheral {
    /// Reads a register; `None` when it is not modelled (the bus reports it once and reads 0).
    fn read(&mut self, offset: u32, now: Time) -> Option<u32>;
    /// Writes a register; `None` when it is not modelled (the bus reports it once).
    fn write(&mut self, offset: u32, value: u32, now: Time) -> Option<()>;
    /// When [`Peripheral::poll`] must next run.
    fn next_event(&self) -> Time {
        Time::NEVER
    }
    /// Lets the device do what is due at `now`.
    fn poll(&mut self, _now: Time, _memory: &mut dyn Dma) {}
}
