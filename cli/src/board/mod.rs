//! A board on a serial port: writing its flash, reading it, listening to it.
//!
//! esptool does what touches the flash, in a pinned version of its own (see [`Esptool`]); the console is ours, because
//! it runs at 74880 baud and has addresses to explain.

mod advice;
mod chip;
mod esptool;
mod monitor;
mod port;

pub use advice::straps;
pub use chip::{backup, flash, identify, restore, Content, Found};
pub use esptool::{Esptool, PINS};
pub use monitor::{monitor, Reset};
pub use port::{Port, CONSOLE_BAUD};
