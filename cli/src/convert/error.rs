//! Why a file makes no image: what was seen, and what to do about it.

use d1_image::intake::Refusal;
use d1_image::layout::BOOT_REGION;
use d1_image::verify::Fault;
use d1_image::{FlashMap, Slot};
use thiserror::Error;

use super::Stranger;

/// Why a file makes no image. [`ConvertError::help`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConvertError {
    /// Neither an ELF nor an image for a slot.
    #[error("neither an ELF nor an image for a slot, but {}", .0)]
    Stranger(Stranger),
    /// An ELF for another processor.
    #[error("an ELF for {} ({bits}-bit), not for the ESP8266's Xtensa core", name_machine(*.machine))]
    Machine {
        /// The ELF header's `e_machine`.
        machine: u16,
        /// 32 or 64.
        bits: u8,
    },
    /// An ELF whose code lies where an ESP32 keeps it.
    #[error(
        "an ELF for an ESP32: it has code or data at {address:#010x}, where an ESP8266 has none"
    )]
    Esp32Elf {
        /// The first such address.
        address: u32,
    },
    /// An object file or library.
    #[error("an ELF that is not linked (an object file)")]
    NotLinked,
    /// An ELF that contradicts itself.
    #[error("a broken or unfinished ELF: {0}")]
    BrokenElf(String),
    /// Nothing is linked to flash.
    #[error("nothing in it is linked to flash (0x40200000 to 0x402fffff)")]
    NothingInFlash,
    /// Linked for no slot of this map.
    #[error(
        "linked at {address:#010x}, which is no slot of the {} map (user1 is {:#010x}, user2 is {:#010x})",
        .map.name(), origin(*.map, Slot::One), origin(*.map, Slot::Two)
    )]
    LinkAddress {
        /// Address of the first byte in flash.
        address: u32,
        /// The map it was converted for.
        map: FlashMap,
    },
    /// Linked for another slot than asked for.
    #[error("linked for {} (at {address:#010x}), not for {}", .found.name(), .wished.name())]
    WrongSlot {
        /// What it is linked for.
        found: Slot,
        /// What was asked for.
        wished: Slot,
        /// Address of the first byte in flash.
        address: u32,
    },
    /// `_d1_slot` is neither 1 nor 2.
    #[error("its symbol _d1_slot is {number}, and there are only slots 1 and 2")]
    BadSlotSymbol {
        /// The symbol's value.
        number: u32,
    },
    /// `_d1_slot` and the link address disagree.
    #[error(
        "linked for {} (at {address:#010x}), but its symbol _d1_slot says {}",
        .linked.name(), .named.name()
    )]
    SlotSymbol {
        /// By the link address.
        linked: Slot,
        /// By the symbol.
        named: Slot,
        /// Address of the first byte in flash.
        address: u32,
    },
    /// It runs in either slot and nobody said which.
    #[error(
        "linked for both slots of the 4M map, and it does not say for which (no symbol _d1_slot)"
    )]
    EitherSlot,
    /// `_d1_flash_size` is no map's size.
    #[error("its symbol _d1_flash_size is {len} bytes, which is no flash map (512K, 1M or 4M)")]
    UnknownFlashSize {
        /// The symbol's value.
        len: u32,
    },
    /// Built for another map.
    #[error("built for the {} flash map, not for {}", .built_for.name(), .wished.name())]
    OtherMap {
        /// What the ELF says.
        built_for: FlashMap,
        /// What was asked for.
        wished: FlashMap,
    },
    /// A segment for memory that an image must leave alone.
    #[error("{len} bytes are to be loaded to {address:#010x}, which is not an image's to use")]
    SegmentAddress {
        /// Where to.
        address: u32,
        /// How many bytes.
        len: u32,
    },
    /// More segments than a loader takes.
    #[error(
        "{count} segments, and an image holds at most {}",
        d1_image::segment::COUNT_MAX
    )]
    TooManySegments {
        /// How many.
        count: usize,
    },
    /// Too large for its slot.
    #[error(
        "too large: the image has {len} bytes, {} of the {} map has {}, the flash {} ({} bytes too many)",
        .slot.name(), .map.name(), .map.slot(*.slot).len, .map.flash_len(),
        .len - u64::from(.map.slot(*.slot).len)
    )]
    TooLarge {
        /// Bytes of the image.
        len: u64,
        /// The map.
        map: FlashMap,
        /// The slot.
        slot: Slot,
    },
    /// An image with something behind its end.
    #[error("an image with {extra} bytes behind its end")]
    ExtraBytes {
        /// How many.
        extra: usize,
    },
    /// An image that names no slot.
    #[error("an image whose header names no slot (byte 3 is {number:#04x})")]
    NoSlotNumber {
        /// Header byte 3.
        number: u8,
    },
    /// An image for another slot.
    #[error("an image for {}, not for {}", .found.name(), .wished.name())]
    ImageSlot {
        /// What the image says.
        found: Slot,
        /// What was asked for.
        wished: Slot,
    },
    /// An image for another map.
    #[error("an image for the {} flash map, not for {}", .found.name(), .wished.name())]
    ImageMap {
        /// What the image says.
        found: FlashMap,
        /// What was asked for.
        wished: FlashMap,
    },
    /// The device's own verification refuses it.
    #[error("the device would refuse it: {0}")]
    Fault(Fault),
    /// An image without a place for a signature.
    #[error("an image without a manifest, which is where a signature would go")]
    NoManifest,
    /// A boot loader with code in flash.
    #[error("a boot loader runs from RAM, but this has code in flash at {address:#010x}")]
    BootInFlash {
        /// The first such address.
        address: u32,
    },
    /// A boot loader longer than its sector.
    #[error("the boot loader has {len} bytes and its sector {}", BOOT_REGION.len)]
    BootTooLarge {
        /// Bytes of the image.
        len: u32,
    },
}

impl ConvertError {
    /// What to do about it, when that can be said.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            ConvertError::Stranger(Stranger {
                refusal: Some(Refusal::NotForASlot),
                ..
            }) => {
                "that is for flash offset 0; give the ELF of user1 or user2, or their .bin".into()
            }
            ConvertError::Stranger(_) => {
                "give the ELF that `cargo xtask build` leaves in target/d1, or a user1.bin or \
                 user2.bin"
                    .into()
            }
            ConvertError::Machine { .. } => {
                "was the firmware built for the host? `cargo xtask build` builds for the chip"
                    .into()
            }
            ConvertError::Esp32Elf { .. } => "give an ELF built for the ESP8266".into(),
            ConvertError::NotLinked => "give the linked program, not an .o or .a file".into(),
            ConvertError::BrokenElf(_) => "is the build still running, or did it fail?".into(),
            ConvertError::NothingInFlash => {
                "is it a boot loader? A firmware is linked with memory-app1.x or memory-app2.x"
                    .into()
            }
            ConvertError::LinkAddress { address, .. } => other_maps(*address)?,
            ConvertError::WrongSlot { wished, .. } => {
                format!("give the ELF linked with memory-app{}.x", wished.number())
            }
            ConvertError::SlotSymbol { .. } => {
                "was it linked with one slot's linker script and the other's symbols? Rebuild it"
                    .into()
            }
            ConvertError::EitherSlot => "say --slot 1 or --slot 2".into(),
            ConvertError::OtherMap { built_for: map, .. }
            | ConvertError::ImageMap { found: map, .. } => {
                format!(
                    "say --flash-size {0}, or build for the other size",
                    map.name()
                )
            }
            ConvertError::TooLarge {
                map: FlashMap::M4, ..
            } => "make it smaller: the 4M map has the largest slots".into(),
            ConvertError::TooLarge { .. } => {
                "make it smaller, or build with --flash-size 4M for a chip that has it".into()
            }
            ConvertError::SegmentAddress { .. } => {
                "an image owns 0x40100000 to 0x4010bfff and 0x3ffe8000 to 0x3fffbfff".into()
            }
            ConvertError::NoSlotNumber { .. } => {
                "esptool writes flash settings there: convert the ELF with `d1ota image`".into()
            }
            ConvertError::ExtraBytes { .. } => {
                "is it a dump of the whole slot? Cut it, or use the ELF".into()
            }
            ConvertError::NoManifest => {
                "another tool made it: convert the ELF with `d1ota image`".into()
            }
            ConvertError::Fault(Fault::WrongMap) => {
                "is it for another chip size? Say --flash-size".into()
            }
            ConvertError::Fault(_) => "`d1ota inspect` shows what is in it".into(),
            ConvertError::ImageSlot { .. }
            | ConvertError::BadSlotSymbol { .. }
            | ConvertError::UnknownFlashSize { .. }
            | ConvertError::TooManySegments { .. }
            | ConvertError::BootInFlash { .. }
            | ConvertError::BootTooLarge { .. } => return None,
        };
        Some(text)
    }
}

fn origin(map: FlashMap, slot: Slot) -> u32 {
    map.irom_origin(slot).get()
}

/// Which maps do have a slot at this link address.
fn other_maps(address: u32) -> Option<String> {
    let fitting = FlashMap::ALL.into_iter().find_map(|map| {
        let slot = Slot::ALL
            .into_iter()
            .find(|slot| origin(map, *slot) == address)?;
        Some((map, slot))
    });
    Some(match fitting {
        Some((map, slot)) => {
            format!(
                "that is {} of the {} map: say --flash-size {1}",
                slot.name(),
                map.name()
            )
        }
        None => "link it with memory-app1.x or memory-app2.x".into(),
    })
}

fn name_machine(machine: u16) -> String {
    use object::elf::{EM_386, EM_AARCH64, EM_ARM, EM_RISCV, EM_X86_64, EM_XTENSA};
    match machine {
        EM_386 => "x86".into(),
        EM_X86_64 => "x86-64".into(),
        EM_ARM => "ARM".into(),
        EM_AARCH64 => "AArch64".into(),
        EM_RISCV => "RISC-V (an ESP32-C3?)".into(),
        EM_XTENSA => "another Xtensa".into(),
        other => format!("machine {other}"),
    }
}
