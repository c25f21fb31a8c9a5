//! Programs for the chip that exist to be run in the emulator.
//!
//! The computations are ordinary code that runs on the host too: both must come to the same results, or the
//! compiler, the linker driver, the runtime port or the emulator is wrong. What only the chip has is in
//! [`chip`] and in the programs.
#![cfg_attr(target_arch = "xtensa", no_std)]

#[cfg(target_arch = "xtensa")]
pub mod chip;
pub mod computation;
