//! Judging a download by its first bytes, before anything is erased.
//!
//! What arrives may be anything: an error page, a compressed file, an image for another chip, for this slot's
//! neighbour, for another flash map, of another project, unsigned, old. The words here reach the user, so each
//! case has its own name.

use crate::header::{Outer, OuterView};
use crate::layout::{FlashMap, DRAM, IRAM};
use crate::manifest::{self, KeyId, Manifest, ManifestView, Project};
use crate::slot::Slot;

/// Bytes that [`check`] has to see, and [`manifest()`] should.
pub const LEN: usize = Outer::LEN + manifest::LEN;

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

/// What a firmware asks of an image that is to take its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demands {
    /// What it is a firmware of.
    pub project: Project,
    /// The board it runs on.
    pub board: u8,
    /// The key that it trusts.
    pub key: KeyId,
    /// The lowest release that it takes.
    pub release: u32,
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
    /// An image that is longer or shorter than its manifest says.
    OtherLen {
        /// Bytes by its manifest.
        stated: u32,
        /// Bytes that there are.
        len: u32,
    },
    /// An image that says nothing about itself: made by another tool, or before there were signatures.
    NoManifest,
    /// A firmware of something else.
    OtherProject {
        /// What its manifest says.
        found: Project,
    },
    /// An image that nobody signed.
    Unsigned,
    /// An image that somebody else signed.
    OtherKey {
        /// The key in its manifest.
        found: KeyId,
        /// The key that is trusted.
        trusted: KeyId,
    },
    /// An image for boards that can do more than this one.
    OtherBoard {
        /// The lowest board that will do.
        lowest: u8,
    },
    /// An image of a release that was there before.
    Older {
        /// Its release.
        found: u32,
        /// The lowest that is taken.
        lowest: u32,
    },
}

/// Judges the first bytes of a download.
///
/// # Errors
/// [`Refusal`] if this cannot be the image that is expected. `Ok` is a permission to go on, no verification.
pub fn check(first: &[u8], expected: Expected) -> Result<Outer, Refusal> {
    let Some(first) = first.get(..Outer::LEN) else {
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

/// The manifest, if it is among the first [`LEN`] bytes of an image whose outer header is `outer`.
pub fn manifest(first: &[u8], outer: &Outer) -> Option<Manifest> {
    if !manifest::has_room(outer.irom_len) {
        return None;
    }
    let [front, _] = manifest::places(outer.irom_len);
    let view = ManifestView::new_checked(first.get(front as usize..)?).ok()?;
    Some(Manifest::parse(&view))
}

/// Judges an image of `len` bytes by its manifest: at a download's start, in order not to erase anything for
/// nothing, and again when its signature has made it true.
///
/// # Errors
/// [`Refusal`] if the image may not take the place of the one that makes the demands.
pub fn admit(manifest: &Manifest, len: u32, demands: &Demands) -> Result<(), Refusal> {
    let (found, trusted) = (manifest.project, demands.key);
    if found != demands.project {
        return Err(Refusal::OtherProject { found });
    }
    let found = manifest.key.ok_or(Refusal::Unsigned)?;
    if found != trusted {
        return Err(Refusal::OtherKey { found, trusted });
    }
    let lowest = manifest.board;
    if lowest > demands.board {
        return Err(Refusal::OtherBoard { lowest });
    }
    let (found, lowest) = (manifest.release, demands.release);
    if found < lowest {
        return Err(Refusal::Older { found, lowest });
    }
    let stated = manifest.image_len;
    if stated != len {
        return Err(Refusal::OtherLen { stated, len });
    }
    Ok(())
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
            Refusal::OtherLen { stated, len } => {
                write!(f, "{len} bytes for an image of {stated}")
            }
            Refusal::NoManifest => f.write_str("an image without a manifest: nobody signed it"),
            Refusal::OtherProject { found } => write!(f, "an image of another project ({found})"),
            Refusal::Unsigned => f.write_str("an unsigned image"),
            Refusal::OtherKey { found, trusted } => {
                write!(f, "an image signed by key {found}, not by {trusted}")
            }
            Refusal::OtherBoard { lowest } => {
                write!(f, "an image for boards from number {lowest} on")
            }
            Refusal::Older { found: 0, lowest } => {
                write!(
                    f,
                    "a development image, older than any release ({lowest} runs)"
                )
            }
            Refusal::Older { found, lowest } => {
                write!(f, "an older image: release {found}, and {lowest} runs")
            }
        }
    }
}
