//! The Wi-Fi engine this firmware is built with, behind one set of names.
//!
//! An engine is an [`crate::firmware::AccessPoint`]. What else it takes to run one on the chip is here: how it
//! starts, how it wakes the main loop, what it has to say, and what keeps it from the flash.

#[cfg(not(feature = "vendor"))]
mod mac;
#[cfg(feature = "vendor")]
mod vendor;

#[cfg(not(feature = "vendor"))]
pub use mac::{enable_wakeup, on_interrupt, print_line, start, Engine, Lock, WAKES};
#[cfg(feature = "vendor")]
pub use vendor::{enable_wakeup, on_interrupt, print_line, start, Engine, Lock, WAKES};
