//! The outer header, `EA 04`: which slot the image is for and how long its irom is.

use super::{word, Malformed};
use crate::layout::FlashMap;
use crate::slot::Slot;

mod field {
    use core::ops::Range;
    pub const MAGIC: Range<usize> = 0..2;
    /// Ignored by every loader; Espressif's tools write 0 or the flash mode. Our mark of the flash map is in
    /// the high nibble: map code + 1, 0 = not stated.
    pub const MAP_MARK: usize = 2;
    pub const SLOT: usize = 3;
    pub const ENTRY: Range<usize> = 4..8;
    pub const IROM_ADDRESS: Range<usize> = 8..12;
    pub const IROM_LEN: Range<usize> = 12..16;
}

const MAGIC: [u8; 2] = [0xEA, 0x04];

/// View of an outer header.
#[derive(Clone, Copy, Debug)]
pub struct OuterView<T>(T);

impl<T: AsRef<[u8]>> OuterView<T> {
    /// Bytes of the header.
    pub const LEN: usize = field::IROM_LEN.end;

    /// A view that trusts its bytes: accessors panic if there are fewer than [`Self::LEN`].
    pub const fn new_unchecked(bytes: T) -> Self {
        OuterView(bytes)
    }

    /// A view of enough bytes that start with the magic.
    ///
    /// # Errors
    /// [`Malformed`] otherwise.
    pub fn new_checked(bytes: T) -> Result<Self, Malformed> {
        if bytes.as_ref().len() < Self::LEN || bytes.as_ref()[field::MAGIC] != MAGIC {
            return Err(Malformed);
        }
        Ok(OuterView(bytes))
    }

    /// Byte 3: the slot's number, whatever it is.
    pub fn slot_number(&self) -> u8 {
        self.0.as_ref()[field::SLOT]
    }

    /// Code of the flash map the image was built for, if it says so.
    pub fn map_code(&self) -> Option<u8> {
        (self.0.as_ref()[field::MAP_MARK] >> 4).checked_sub(1)
    }

    /// Entry address; a copy, loaders use the inner header's.
    pub fn entry(&self) -> u32 {
        word(&self.0.as_ref()[field::ENTRY])
    }

    /// Bytes of irom that follow the header.
    pub fn irom_len(&self) -> u32 {
        word(&self.0.as_ref()[field::IROM_LEN])
    }
}

/// Meaning of an outer header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outer {
    /// The slot the image is for.
    pub slot: Slot,
    /// The flash map the image was built for; `None` if another tool made it, or for a map that is not ours.
    pub map: Option<FlashMap>,
    /// Address of the first instruction.
    pub entry: u32,
    /// Bytes of irom, a multiple of 16.
    pub irom_len: u32,
}

impl Outer {
    /// Bytes of the header.
    pub const LEN: usize = OuterView::<&[u8]>::LEN;

    /// Reads the meaning of a view.
    ///
    /// # Errors
    /// [`Malformed`] for a slot other than 1 and 2 and for an irom length that is no multiple of 16.
    pub fn parse<T: AsRef<[u8]>>(view: &OuterView<T>) -> Result<Outer, Malformed> {
        let slot = Slot::from_number(view.slot_number()).ok_or(Malformed)?;
        let irom_len = view.irom_len();
        if !irom_len.is_multiple_of(16) {
            return Err(Malformed);
        }
        let map = view.map_code().and_then(FlashMap::from_code);
        Ok(Outer {
            slot,
            map,
            entry: view.entry(),
            irom_len,
        })
    }

    /// The header's bytes.
    pub fn emit(&self, bytes: &mut [u8; Self::LEN]) {
        bytes[field::MAGIC].copy_from_slice(&MAGIC);
        bytes[field::MAP_MARK] = self.map.map_or(0, |map| (map.code() + 1) << 4);
        bytes[field::SLOT] = self.slot.number();
        bytes[field::ENTRY].copy_from_slice(&self.entry.to_le_bytes());
        bytes[field::IROM_ADDRESS].copy_from_slice(&[0; 4]);
        bytes[field::IROM_LEN].copy_from_slice(&self.irom_len.to_le_bytes());
    }
}
