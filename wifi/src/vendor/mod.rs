//! An access point on Espressif's radio libraries, which calibrate the RF part and drive the MAC.
//!
//! The libraries are the user's: archives of the ESP8266 RTOS SDK, linked but never part of this repository.
//! There is no operating system below them and no network stack of Espressif's above them:
//!
//! 1. [`adapter`]: the symbols they import, on a main loop with one coroutine.
//! 2. `libraries`: what we call and read of theirs.
//! 3. [`calibration`]: what the RF part is started with.
//! 4. `soft_ap`: one smoltcp `Device`, of the same shape as that of [`crate::mac`].
//!
//! How it was made and what is proven: `docs/vendor-engine.md`.
// The libraries' names are not ours to choose.
#![allow(non_upper_case_globals, non_snake_case)]

pub mod adapter;
pub mod calibration;
#[cfg(target_arch = "xtensa")]
mod libraries;
#[cfg(target_arch = "xtensa")]
mod receive;
#[cfg(target_arch = "xtensa")]
mod security;
#[cfg(target_arch = "xtensa")]
mod soft_ap;
mod stations;
#[cfg(target_arch = "xtensa")]
mod transmit;

#[cfg(target_arch = "xtensa")]
pub use soft_ap::{Figures, SoftAp};
