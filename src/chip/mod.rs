//! What exists on the chip only.
//!
//! The HAL is used where it is sound: GPIO, watchdog, PLL. Avoided, not inherited: its flash driver (lets
//! interrupts in while the cache is off, waits without a limit), its interrupt module (`disable_interrupt` enables
//! all others, `attach_interrupt` keeps a dangling pointer) and its random numbers (a quarter of each word).

pub mod clock;
pub mod engine;
pub mod fault;
pub mod image;
pub mod place;
pub mod reset;
pub mod sleep;
pub mod uart;
