//! What the libraries expect of an operating system, and get from a main loop.
//!
//! The 61 symbols that an open access point takes, by subject. Names and signatures are the libraries'; what
//! each must do is known from the SDK's headers and from running the libraries (docs/vendor-engine.md).
//! Where the NMI can reach a function, it and its data lie in RAM; a test walks the linked program for that.

#[cfg(target_arch = "xtensa")]
pub mod critical;
#[cfg(target_arch = "xtensa")]
mod crypto;
#[cfg(target_arch = "xtensa")]
mod descriptors;
#[cfg(target_arch = "xtensa")]
pub mod events;
pub mod format;
pub mod heap;
#[cfg(target_arch = "xtensa")]
mod identity;
#[cfg(target_arch = "xtensa")]
pub mod interrupts;
pub mod lines;
#[cfg(target_arch = "xtensa")]
pub mod log;
pub mod mail;
#[cfg(target_arch = "xtensa")]
pub mod memory;
#[cfg(target_arch = "xtensa")]
pub mod phy;
#[cfg(target_arch = "xtensa")]
mod storage;
#[cfg(target_arch = "xtensa")]
mod strings;
#[cfg(target_arch = "xtensa")]
pub mod time;
#[cfg(target_arch = "xtensa")]
pub mod worker;
