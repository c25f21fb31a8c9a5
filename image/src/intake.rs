//! Judging a download by its first bytes, before anything is erased.
//!
//! What arrives may be anything: an error page, a compressed file, an image for another chip, for this slot's
//! neighbour, for another flash map. The words here reach the user, so each case has its own name.

use crate::header::{Outer, OuterView};
use crate::layout::{FlashMap, DRAM, IRAM};
use crate::slot::Slot;

/// Bytes that [`check`] has to see.
pub const LEN: usize = 16;

/// What is expected to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The map of this device's flash.
    pub map: FlashMap,
    /// The slot that is going to be written.
    pub slot: Slot,
    /// Bytes that are going to arrive, if known.
    pub len: Option<u32>,
}

/// What arrived instead of the image that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Fewer bytes than any image has.
    TooShort,
    /// A web page.
    Html,
    /// A gzip stream.
    Gzip,
    /// An ELF file, not yet converted.
    Elf,
    /// An image for an ESP32 of the chip id in its header.
    Esp32 {
        /// 0 ESP32, 2 S2, 5 C3, 9 S3, 12 C2, 13 C6, 16 H2.
        chip_id: u16,
    },
    /// An ESP8266 image for flash offset 0: a boot loader, or a firmware without update support.
    NotForASlot,
    /// Erased flash.
    Blank,
    /// None of the above.
    Unknown,
    /// An image whose header names neither slot (esptool writes flash settings there).
    NoSlot {
        /// Header byte 3.
        found: u8,
    },
    /// An image for the slot that is not going to be written.
    WrongSlot {
        /// The slot it is for.
        found: Slot,
    },
    /// An image for another flash map.
    WrongMap {
        /// Espressif's code of the map.
        code: u8,
    },
    /// More bytes than the slot has.
    TooLarge {
        /// Bytes of the image, at least.
        len: u32,
        /// Bytes of the slot.
        room: u32,
    },
    /// The header does not fit the number of bytes that are going to arrive, or makes no sense.
    BadHeader,
}

/// Judges the first bytes of a download.
///
/// # Errors
/// [`Refusal`] if this cannot be the image that is expected. `Ok` is a permission to go on, no verification.
pub fn check(first: &[u8], expected: Expected) -> Result<Outer, Refusal> {
    let Some(first) = first.get(..LEN) else {
        return Err(Refusal::TooShort);
    };
    let room = expected.map.slot(expected.slot).len;
    let view = OuterView::new_checked(first).map_err(|_| name_stranger(first))?;
    if view.irom_len() > room {
        return Err(Refusal::TooLarge {
            len: view.irom_len(),
            room,
        });
    }
    let found = view.slot_number();
    let found = Slot::from_number(found).ok_or(Refusal::NoSlot { found })?;
    let outer = Outer::parse(&view).map_err(|_| Refusal::BadHeader)?;
    if let Some(code) = view.map_code().filter(|code| *code != expected.map.code()) {
        return Err(Refusal::WrongMap { code });
    }
    if found != expected.slot {
        return Err(Refusal::WrongSlot { found });
    }
    match expected.len {
        Some(len) if len > room => Err(Refusal::TooLarge { len, room }),
        Some(len) if len % 16 != 4 || len <= outer.irom_len => Err(Refusal::BadHeader),
        _ => Ok(outer),
    }
}

fn name_stranger(first: &[u8]) -> Refusal {
    let text = first.trim_ascii_start();
    match first {
        [0x1F, 0x8B, ..] => Refusal::Gzip,
        [0x7F, b'E', b'L', b'F', ..] => Refusal::Elf,
        [0xE9, ..] => name_e9(first),
        _ if first.iter().all(|byte| *byte == 0xFF) => Refusal::Blank,
        _ if text.first() == Some(&b'<') => Refusal::Html,
        _ => Refusal::Unknown,
    }
}

/// Both chip families start with E9. On the ESP8266 the first segment's address follows at offset 8; on the
/// ESP32s it is sixteen bytes of extended header, chip id at 12.
fn name_e9(first: &[u8]) -> Refusal {
    let address = u32::from_le_bytes([first[8], first[9], first[10], first[11]]);
    if IRAM.contains(address, 1) || DRAM.contains(address, 1) || address >> 16 == 0x4010 {
        return Refusal::NotForASlot;
    }
    Refusal::Esp32 {
        chip_id: u16::from_le_bytes([first[12], first[13]]),
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Refusal::TooShort => f.write_str("too short for an image"),
            Refusal::Html => f.write_str("an HTML page, not an image"),
            Refusal::Gzip => f.write_str("gzip data, not an image"),
            Refusal::Elf => f.write_str("an ELF file, not an image"),
            Refusal::Esp32 { chip_id } => write!(f, "an image for an ESP32 (chip id {chip_id})"),
            Refusal::NotForASlot => {
                f.write_str("an ESP8266 image for flash offset 0, not for a slot")
            }
            Refusal::Blank => f.write_str("erased flash, not an image"),
            Refusal::Unknown => f.write_str("not an image"),
            Refusal::NoSlot { found } => {
                write!(f, "an image for no slot (header byte 3 is {found:#04x})")
            }
            Refusal::WrongSlot { found } => {
                write!(f, "an image for the wrong slot ({})", found.name())
            }
            Refusal::WrongMap { code } => match FlashMap::from_code(*code) {
                Some(map) => write!(f, "an image for another flash map ({})", map.name()),
                None => write!(f, "an image for another flash map (code {code})"),
            },
            Refusal::TooLarge { len, room } => {
                write!(f, "too large: {len} bytes for a slot of {room}")
            }
            Refusal::BadHeader => f.write_str("an image with a broken header"),
        }
    }
}
