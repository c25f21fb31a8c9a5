//! A SPI NOR flash chip, modelled strictly: what it holds, refuses and breaks.
//!
//! [`Nor`] is the chip as the SPI bus sees it: an opcode, an address, bytes out, bytes back, at
//! a point in time. It owns the array, the status registers, erase and program timing, and what
//! a power cut leaves behind (torn pages, half-erased sectors, cells that read differently each
//! time). It follows silicon even where software misuses it, and records every misuse as a
//! [`Violation`], so that a test can demand there were none.
//!
//! It knows no SPI controller, no image format and no clock: time is an argument, in picoseconds.
//!
//! Source of commands, status bits and timings: Winbond W25Q32 family data sheets.

#![forbid(unsafe_code)]

mod array;
mod chip;
mod command;
mod nor;
mod power;
mod protect;
mod seed;
mod sfdp;
mod status;
mod violation;

pub use chip::{Chip, Duration, Pace, Timing, BLOCK_LEN, HALF_BLOCK_LEN, PAGE_LEN, SECTOR_LEN};
pub use command::opcode;
pub use nor::{ContentsTooLong, CutChip, Erase, Nor};
pub use power::CutPoint;
pub use violation::Violation;
