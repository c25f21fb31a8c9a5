//! An emulated D1 mini: ESP8266, SPI NOR flash and the air around its antenna.
//!
//! The rooms: `cpu` executes LX106 instructions and knows nothing of the chip;
//! `bus` is the memory map with its access rules; `periph` the register blocks;
//! `rom` the boot ROM, re-implemented from its behaviour; `wdev` the Wi-Fi MAC
//! registers; `air` the medium, with virtual stations; `board` joins them into a
//! [`board::Machine`]; `gdb` lets a debugger hold one. Nothing here knows d1-ota's
//! own formats: like silicon, it only ever sees bytes.

#![forbid(unsafe_code)]

pub mod air;
pub mod board;
pub mod bus;
pub mod cpu;
pub mod gdb;
pub mod periph;
pub mod rom;
pub mod time;
pub mod wdev;
