//! The host's side of d1-ota: convert, sign, serve, inspect, merge, flash and emulate images.
//!
//! Everything the command `d1ota` can do is a function here, so that `xtask` and the end-to-end
//! tests call it without a process in between. Formats are [`d1_image`]'s business, the chip is
//! the emulator's. In the order of an update's life:
//!
//! - [`convert`]: an ELF says by its link address which slot it is for; checked, packed, signed by [`key`];
//! - [`inspect`]: what is in any file, field by field, with the device's own verdict;
//! - [`merge`] and [`board`]: onto a flash chip, as a file or by cable; [`join`]: into the device's network;
//! - [`serve`]: what a device asks for on port 8888, and what it says became of it;
//! - [`emulate`]: the same device without a board; [`session`]: device and server on one screen.
//!
//! Whatever stops a command is a [`problem::Problem`]: what was seen, and what to do about it.

#![forbid(unsafe_code)]

pub mod board;
pub mod command;
pub mod convert;
pub mod emulate;
pub mod inspect;
pub mod interrupt;
pub mod join;
pub mod key;
pub mod merge;
pub mod passphrase;
pub mod problem;
pub mod serve;
pub mod session;
pub mod size;
mod symbols;

#[cfg(test)]
mod sample;
