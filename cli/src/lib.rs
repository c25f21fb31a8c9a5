//! The host's side of d1-ota: convert, sign, serve, inspect, merge and emulate images.
//!
//! Everything the command `d1ota` can do is a function here, so that `xtask` and the end-to-end
//! tests call it without a process in between. Formats are [`d1_image`]'s business, the chip is
//! the emulator's.

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
pub mod problem;
pub mod serve;
pub mod session;
pub mod size;
mod symbols;

#[cfg(test)]
mod sample;
