//! What exists on the chip only.
//!
//! The HAL is used where it is sound: GPIO, watchdog, PLL. Its flash driver (blocks interrupts for good, knows
//! no time limit), its interrupt module (`disable_interrupt` enables all others, `attach_interrupt` keeps a
//! dangling pointer) and its random numbers (the low byte of each word only) are avoided, not inherited.

pub mod clock;
pub mod fault;
pub mod image;
pub mod place;
pub mod reset;
pub mod sleep;
pub mod uart;
