//! Start-up, exceptions and interrupts of the ESP8266.
//!
//! The API of the registry's `xtensa-lx-rt` 0.12 as far as this chip has it, for compilers without `asm!` for
//! Xtensa. `link.x` lays out memory and says which symbols it expects; `start.S` is the way to `main`,
//! `vectors.S` the way into and out of handlers. What happens when nobody handles something: [`exception`].
#![no_std]

pub mod exception;
#[cfg(any(test, target_arch = "xtensa"))]
mod i128_division;
#[cfg(any(test, target_arch = "xtensa"))]
mod memory;
#[cfg(any(test, target_arch = "xtensa"))]
mod narrow_load;

/// The handlers of [`interrupt`](macro@interrupt) need a module of that name beside the macro.
pub mod interrupt {}

pub use r0::{init_data, zero_bss};
pub use xtensa_lx_rt_proc_macros::{entry, exception, interrupt, pre_init};

extern "C" {
    /// Starts the program anew, as after loading: the entry point of every image.
    ///
    /// # Safety
    /// Everything the program had is gone.
    pub fn Reset() -> !;
}
