//! The firmware of d1-ota: a soft-AP with a status page that updates itself over the air.
//!
//! Everything but the last few files is ordinary code that runs, and is tested, on any host: time, flash,
//! network and console come in from outside. From the bottom up:
//!
//! - [`identity`], [`reset`]: which build this is, where it lives, why it starts;
//! - [`mod@flash`]: what it wants of the flash driver;
//! - [`kept`], [`network_key`]: what is made once and found by all later starts;
//! - [`update`]: fetching, writing, verifying, selecting a new image;
//! - [`dhcp`], [`names`], [`http`]: what stations want from an access point and from a web server;
//! - [`backtrace`]: who called, when the firmware dies;
//! - [`token`]: what makes a link of ours act, and nobody else's;
//! - [`page`], [`trigger`]: the two web services, ports 80 and 88;
//! - [`health`]: when this firmware calls itself good;
//! - [`led`], [`button`]: what the board itself shows and takes;
//! - [`firmware`]: one turn of the main loop over all of them, on the access point of [`radio`];
//! - `chip` and `start` (on the chip only): the hardware, and the order in which it is started;
//! - `faults` (for tests only): the same hardware in bad hands; `baseline`, in the hands of others.
#![cfg_attr(not(test), no_std)]

pub mod backtrace;
pub mod button;
pub mod console;
pub mod dhcp;
pub mod firmware;
pub mod flash;
pub mod health;
pub mod http;
pub mod identity;
pub mod kept;
pub mod led;
pub mod names;
pub mod network;
pub mod network_key;
pub mod page;
pub mod radio;
pub mod reset;
pub mod token;
pub mod trigger;
pub mod update;

#[cfg(all(target_arch = "xtensa", feature = "faults"))]
mod baseline;
#[cfg(target_arch = "xtensa")]
mod chip;
#[cfg(all(target_arch = "xtensa", feature = "faults"))]
pub mod faults;
#[cfg(target_arch = "xtensa")]
pub mod start;

#[cfg(test)]
mod tests;
