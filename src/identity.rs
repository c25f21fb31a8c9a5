//! What this firmware is: its build, its slot, the flash it lives in.

use core::fmt;

use d1_image::{FlashMap, Slot};

/// Version of the project, from its manifest.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What this firmware is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Build number, given at link time.
    pub build: u32,
    /// The slot it runs from.
    pub slot: Slot,
    /// The flash map it was linked for.
    pub map: FlashMap,
    /// Bytes of the flash chip, by its JEDEC id.
    pub chip_len: u32,
}

impl Identity {
    /// The running slot with its flash offset, as the console and the page spell it: `user1 @ 0x1000`.
    pub fn place(&self) -> impl fmt::Display {
        Place(self.slot, self.map)
    }
}

struct Place(Slot, FlashMap);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place(slot, map) = self;
        write!(f, "{} @ {:#x}", slot.name(), map.slot(*slot).start.get())
    }
}
