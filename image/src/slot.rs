//! The two slots, and which one a link address means.
//!
//! A slot is a flash range that can hold an image. They are numbered as Espressif numbers them, in the image
//! header's byte 3, in the file names `user1.bin` / `user2.bin` and in the linker scripts.

use crate::layout::{FlashMap, MappedAddress, IMAGE_IROM_OFFSET};

/// A flash range that can hold one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Slot {
    /// `user1`, directly behind the boot loader.
    One = 1,
    /// `user2`, in the second half.
    Two = 2,
}

impl Slot {
    /// Both slots, in order.
    pub const ALL: [Slot; 2] = [Slot::One, Slot::Two];

    /// The number Espressif's tools use: 1 or 2.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The slot of that number, if there is one.
    pub const fn from_number(number: u8) -> Option<Slot> {
        match number {
            1 => Some(Slot::One),
            2 => Some(Slot::Two),
            _ => None,
        }
    }

    /// Position in a two-element array: 0 or 1.
    pub const fn index(self) -> usize {
        self as usize - 1
    }

    /// The slot that is not this one.
    pub const fn other(self) -> Slot {
        match self {
            Slot::One => Slot::Two,
            Slot::Two => Slot::One,
        }
    }

    /// `user1` or `user2`, as consoles and file names spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Slot::One => "user1",
            Slot::Two => "user2",
        }
    }
}

/// What the address of an ELF's first irom byte says about its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkedFor {
    /// Runs in this slot only.
    Only(Slot),
    /// Runs in either slot: on [`FlashMap::M4`] each slot starts the same way in a megabyte of its own.
    Either,
}

/// The slot that code linked at `irom_origin` runs in under `map`; `None` if in neither.
///
/// `irom_origin` is the address of the first irom byte, 0x10 behind the slot's start.
pub fn slot_from_link_address(map: FlashMap, irom_origin: MappedAddress) -> Option<LinkedFor> {
    let fits = |slot: Slot| map.slot(slot).start.plus(IMAGE_IROM_OFFSET).mapped() == irom_origin;
    match (fits(Slot::One), fits(Slot::Two)) {
        (true, true) => Some(LinkedFor::Either),
        (true, false) => Some(LinkedFor::Only(Slot::One)),
        (false, true) => Some(LinkedFor::Only(Slot::Two)),
        (false, false) => None,
    }
}
