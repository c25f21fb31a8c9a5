//! Flash layout, image format, boot record and slot decision of d1-ota.
//!
//! The leaf that the boot loader, the firmware and the host tools share: what lies where in flash, what an
//! image's bytes mean, which slot boots. Everything is pure: bytes come in through [`source::Source`] or as
//! slices, and nothing here knows a register, a network or an operating system. `SPEC.md` holds the format
//! with its reasoning.
#![no_std]
#![forbid(unsafe_code)]

pub mod checksum;
pub mod compose;
pub mod crc;
pub mod decision;
pub mod handoff;
pub mod header;
pub mod history;
pub mod intake;
pub mod layout;
pub mod log;
pub mod manifest;
pub mod record;
pub mod segment;
pub mod slot;
pub mod source;
pub mod verify;

pub use layout::{FlashMap, FlashOffset, MappedAddress, Region};
pub use slot::Slot;

/// The text of one of our own C strings, all of them ASCII.
const fn text(name: &'static core::ffi::CStr) -> &'static str {
    match name.to_str() {
        Ok(text) => text,
        Err(_) => "",
    }
}
