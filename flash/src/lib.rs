//! SPI NOR flash driver for the ESP8266's SPI0 controller.
//!
//! The flash the program runs from is the flash it writes to. So every operation masks interrupts, turns the
//! flash cache off, does its work from instruction RAM and turns the cache back on (`operate` holds all of
//! that code and nothing else). Everything above it, splitting, checking and reading back, is ordinary code.
//!
//! [`Flash`] implements the `embedded-storage` traits over any [`Controller`]; on the chip that is
//! `spi0::Spi0`, in the tests a strict model of the chip.
#![cfg_attr(not(test), no_std)]

pub mod controller;
mod error;
mod flash;
mod operate;
#[cfg(target_arch = "xtensa")]
pub mod spi0;

pub use controller::{Controller, EraseUnit};
pub use error::Error;
pub use flash::{Flash, PAGE_LEN};
