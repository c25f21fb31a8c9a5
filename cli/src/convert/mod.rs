//! From an ELF file to the image a slot or the boot sector holds.
//!
//! An ELF says by its link address which slot it is for; converting checks that against the flash
//! map, packs it with [`d1_image::compose`], signs it, and verifies the result as the device will. A file
//! that already is an image is only verified. Errors say what was seen and what to do.

mod elf;
mod error;
mod stranger;

use d1_image::compose::{compose_boot, ComposeError, Parts, SegmentData};
use d1_image::header::{FlashClock, FlashMode, OuterView};
use d1_image::layout::BOOT_REGION;
use d1_image::manifest::{self, KeyId, Manifest, ManifestView};
use d1_image::slot::{slot_from_link_address, LinkedFor};
use d1_image::{verify, FlashMap, MappedAddress, Slot};
use d1_signature::SecretKey;

pub use elf::Elf;
pub use error::ConvertError;
pub(crate) use stranger::stranger;
pub use stranger::Stranger;

/// How the flash is read: bytes 2 and 3 of the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashAccess {
    /// How many lines.
    pub mode: FlashMode,
    /// How fast.
    pub clock: FlashClock,
}

impl Default for FlashAccess {
    /// DIO at 40 MHz: what every D1 mini can do.
    fn default() -> FlashAccess {
        FlashAccess {
            mode: FlashMode::Dio,
            clock: FlashClock::Mhz40,
        }
    }
}

/// What the user chose about an image; what is `None` the ELF decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The flash map. Without it: what the ELF was built for, and 1M if it does not say.
    pub map: Option<FlashMap>,
    /// The slot. Needed only for an ELF that runs in either (4M map) and does not say.
    pub slot: Option<Slot>,
    /// How the flash is read.
    pub access: FlashAccess,
    /// Who signs. Without it: ELFs the development key, images nobody again.
    pub key: Option<SecretKey>,
}

/// An image that passed the device's own verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The slot it is for.
    pub slot: Slot,
    /// The flash map it is for.
    pub map: FlashMap,
    /// Its build number; 0 if it does not tell.
    pub build: u32,
    /// Who says to have signed it.
    pub key: Option<KeyId>,
    /// Its bytes, trailing CRC included.
    pub bytes: Vec<u8>,
}

impl Image {
    /// Makes an image from a file's bytes: an ELF is converted, an image verified.
    ///
    /// # Errors
    ///
    /// [`ConvertError`] for anything that the wished-for slot and map could not run.
    pub fn from_file(bytes: &[u8], wish: Wish) -> Result<Image, ConvertError> {
        match OuterView::new_checked(bytes) {
            Ok(outer) => Image::from_image(bytes, &outer, wish),
            Err(_) => Image::from_elf(&Elf::parse(bytes)?, wish),
        }
    }

    /// Packs a linked firmware.
    ///
    /// # Errors
    ///
    /// [`ConvertError`] when it is linked for no slot of the map, for another one than it or the
    /// user says, or does not fit.
    pub fn from_elf(elf: &Elf, wish: Wish) -> Result<Image, ConvertError> {
        let map = map_of(elf, wish.map)?;
        let slot = slot_of(elf, map, wish.slot)?;
        let segments = borrow(&elf.segments);
        let parts = Parts {
            map,
            slot,
            mode: wish.access.mode,
            clock: wish.access.clock,
            entry: elf.entry,
            manifest: manifest_of(elf),
            irom: &elf.irom,
            segments: &segments,
        };
        let mut bytes = Vec::with_capacity(parts.image_len() as usize);
        parts
            .compose(|piece| {
                bytes.extend_from_slice(piece);
                Ok::<(), std::convert::Infallible>(())
            })
            .map_err(|error| from_compose(error, elf, map, slot))?;
        sign(&mut bytes, &wish.key.unwrap_or(SecretKey::DEVELOPMENT))?;
        Image::new(bytes, map, slot)
    }

    /// What the device's own verification says about these bytes.
    fn new(bytes: Vec<u8>, map: FlashMap, slot: Slot) -> Result<Image, ConvertError> {
        let verified = verify::verify(&mut &bytes[..], map, slot).map_err(ConvertError::Fault)?;
        let extra = bytes.len() - verified.len as usize;
        if extra != 0 {
            return Err(ConvertError::ExtraBytes { extra });
        }
        let manifest = manifest::find(&mut &bytes[..], verified.irom_len())
            .ok()
            .flatten();
        Ok(Image {
            slot,
            map,
            build: verified.build,
            key: manifest.and_then(|(_, bytes)| ManifestView::new_unchecked(bytes).key()),
            bytes,
        })
    }

    fn from_image(
        bytes: &[u8],
        outer: &OuterView<&[u8]>,
        wish: Wish,
    ) -> Result<Image, ConvertError> {
        let written_for = outer.map_code().and_then(FlashMap::from_code);
        let map = match (wish.map, written_for) {
            (Some(wished), Some(found)) if wished != found => {
                return Err(ConvertError::ImageMap { found, wished });
            }
            (wished, found) => wished.or(found).unwrap_or(FlashMap::M1),
        };
        let number = outer.slot_number();
        let slot = Slot::from_number(number).ok_or(ConvertError::NoSlotNumber { number })?;
        if let Some(wished) = wish.slot.filter(|wished| *wished != slot) {
            return Err(ConvertError::ImageSlot {
                found: slot,
                wished,
            });
        }
        if bytes.len() > map.slot(slot).len as usize {
            return Err(ConvertError::TooLarge {
                len: bytes.len() as u64,
                map,
                slot,
            });
        }
        let mut bytes = bytes.to_vec();
        if let Some(key) = &wish.key {
            // Before anything changes: whatever else is wrong with it has to stay visible.
            Image::new(bytes.clone(), map, slot)?;
            sign(&mut bytes, key)?;
        }
        Image::new(bytes, map, slot)
    }

    /// `user1.bin` or `user2.bin`.
    pub fn file_name(&self) -> String {
        file_name(self.slot)
    }
}

fn sign(image: &mut [u8], key: &SecretKey) -> Result<(), ConvertError> {
    d1_signature::sign(image, key).map_err(|_| ConvertError::NoManifest)
}

/// What a program's image says about itself: what its source says, if it has room for a manifest, and its symbols.
fn manifest_of(elf: &Elf) -> Manifest {
    let room = ManifestView::new_checked(&elf.irom[..]);
    let said = room.map_or(Manifest::new(0), |room| Manifest::parse(&room));
    Manifest {
        build: elf.build_number.unwrap_or(0),
        release: elf.release.unwrap_or(0),
        key: None,
        ..said
    }
}

/// The name under which the device asks for a slot's image.
pub fn file_name(slot: Slot) -> String {
    format!("{}.bin", slot.name())
}

/// Packs a linked boot loader for flash offset 0.
///
/// # Errors
///
/// [`ConvertError`] when it has code in flash or is longer than its sector.
pub fn boot(elf: &Elf, map: FlashMap, access: FlashAccess) -> Result<Vec<u8>, ConvertError> {
    if !elf.irom.is_empty() {
        return Err(ConvertError::BootInFlash {
            address: elf.irom_address,
        });
    }
    let segments = borrow(&elf.segments);
    let mut bytes = Vec::new();
    compose_boot(
        map,
        access.mode,
        access.clock,
        elf.entry,
        &segments,
        |piece| {
            bytes.extend_from_slice(piece);
            Ok::<(), std::convert::Infallible>(())
        },
    )
    .map_err(|_| ConvertError::TooManySegments {
        count: elf.segments.len(),
    })?;
    if bytes.len() > BOOT_REGION.len as usize {
        return Err(ConvertError::BootTooLarge {
            len: bytes.len() as u32,
        });
    }
    Ok(bytes)
}

fn borrow(segments: &[elf::Segment]) -> Vec<SegmentData<'_>> {
    let mut borrowed = Vec::with_capacity(segments.len());
    for elf::Segment { address, data } in segments {
        borrowed.push(SegmentData {
            address: *address,
            data,
        });
    }
    borrowed
}

fn map_of(elf: &Elf, wished: Option<FlashMap>) -> Result<FlashMap, ConvertError> {
    let built_for = match elf.flash_size {
        None => None,
        Some(len) => {
            Some(FlashMap::from_flash_len(len).ok_or(ConvertError::UnknownFlashSize { len })?)
        }
    };
    match (wished, built_for) {
        (Some(wished), Some(built_for)) if wished != built_for => {
            Err(ConvertError::OtherMap { built_for, wished })
        }
        (wished, built_for) => Ok(wished.or(built_for).unwrap_or(FlashMap::M1)),
    }
}

fn slot_of(elf: &Elf, map: FlashMap, wished: Option<Slot>) -> Result<Slot, ConvertError> {
    if elf.irom.is_empty() {
        return Err(ConvertError::NothingInFlash);
    }
    let address = MappedAddress::new(elf.irom_address);
    let linked = slot_from_link_address(map, address).ok_or(ConvertError::LinkAddress {
        address: address.get(),
        map,
    })?;
    let named = match elf.slot {
        None => None,
        Some(number) => {
            Some(Slot::from_number(number as u8).ok_or(ConvertError::BadSlotSymbol { number })?)
        }
    };
    let slot = match (linked, named, wished) {
        (LinkedFor::Only(linked), Some(named), _) if linked != named => {
            return Err(ConvertError::SlotSymbol {
                linked,
                named,
                address: address.get(),
            });
        }
        (LinkedFor::Only(slot), _, _) | (LinkedFor::Either, Some(slot), _) => slot,
        (LinkedFor::Either, None, Some(slot)) => slot,
        (LinkedFor::Either, None, None) => return Err(ConvertError::EitherSlot),
    };
    match wished.filter(|wished| *wished != slot) {
        Some(wished) => Err(ConvertError::WrongSlot {
            found: slot,
            wished,
            address: address.get(),
        }),
        None => Ok(slot),
    }
}

fn from_compose(
    error: ComposeError<std::convert::Infallible>,
    elf: &Elf,
    map: FlashMap,
    slot: Slot,
) -> ConvertError {
    match error {
        ComposeError::TooManySegments => ConvertError::TooManySegments {
            count: elf.segments.len(),
        },
        ComposeError::BadSegment(index) => {
            let elf::Segment { address, data } = &elf.segments[index];
            ConvertError::SegmentAddress {
                address: *address,
                len: data.len() as u32,
            }
        }
        ComposeError::TooLarge(len) => ConvertError::TooLarge {
            len: len.into(),
            map,
            slot,
        },
        ComposeError::Sink(never) => match never {},
    }
}

#[cfg(test)]
mod tests;
