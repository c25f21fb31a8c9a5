//! Whole-image verification: every byte, before anything is loaded.
//!
//! The same function judges a file on the host, an image read back from flash after an update, and the image
//! the boot loader is about to start. It reads in small pieces and needs no memory but its stack.

use core::ffi::CStr;

use crate::checksum::Checksum;
use crate::crc::Crc32;
use crate::header::{word, Inner, InnerView, Outer, OuterView};
use crate::layout::{FlashMap, IRAM};
use crate::manifest;
use crate::segment::{Segments, COUNT_MAX};
use crate::slot::Slot;
use crate::source::{is_erased, ReadError, Source};

/// Bytes read at a time. A multiple of 16, so that pieces of an image never straddle its end.
const PIECE_LEN: usize = 64;

/// What is wrong with an image. The codes are part of the boot record's format: never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Fault {
    /// Flash could not be read, or a file ends too early.
    Unreadable = 1,
    /// Only erased flash here.
    Blank = 2,
    /// Something, but it does not start like an image.
    NotAnImage = 3,
    /// An image for the other slot.
    WrongSlot = 4,
    /// An image for another flash map.
    WrongMap = 5,
    /// It says it is longer than a slot.
    TooLarge = 6,
    /// A header that no image has: inner magic missing, lengths that are not whole lines, too many segments.
    BadHeader = 7,
    /// A segment that would be loaded outside of the image's RAM.
    BadSegment = 8,
    /// Execution would start outside of the image's instructions.
    BadEntry = 9,
    /// The checksum over the segments differs.
    BadChecksum = 10,
    /// The CRC over the whole image differs.
    BadCrc = 11,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 11] = [
        Fault::Unreadable,
        Fault::Blank,
        Fault::NotAnImage,
        Fault::WrongSlot,
        Fault::WrongMap,
        Fault::TooLarge,
        Fault::BadHeader,
        Fault::BadSegment,
        Fault::BadEntry,
        Fault::BadChecksum,
        Fault::BadCrc,
    ];

    /// The fault's code in the boot record.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The fault of that code.
    pub fn from_code(code: u8) -> Option<Fault> {
        Fault::ALL.get(usize::from(code).wrapping_sub(1)).copied()
    }

    /// Two or three words for a console.
    pub const fn name(self) -> &'static str {
        crate::text(self.c_name())
    }

    /// The same as a C string: the mask ROM prints the boot loader's messages.
    pub const fn c_name(self) -> &'static CStr {
        match self {
            Fault::Unreadable => c"unreadable",
            Fault::Blank => c"blank",
            Fault::NotAnImage => c"not an image",
            Fault::WrongSlot => c"wrong slot",
            Fault::WrongMap => c"wrong flash map",
            Fault::TooLarge => c"too large",
            Fault::BadHeader => c"bad header",
            Fault::BadSegment => c"bad segment",
            Fault::BadEntry => c"bad entry",
            Fault::BadChecksum => c"checksum",
            Fault::BadCrc => c"CRC",
        }
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

impl From<ReadError> for Fault {
    fn from(_: ReadError) -> Fault {
        Fault::Unreadable
    }
}

/// A verified image: everything needed to load and name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Bytes of the image, CRC word included.
    pub len: u32,
    /// Offset of the first segment header.
    pub segments: u32,
    /// Segments.
    pub segment_count: u8,
    /// Address of the first instruction.
    pub entry: u32,
    /// Build number; 0 if the image does not tell.
    pub build: u32,
}

impl Verified {
    /// Where the CRC word is: behind all that it, and a signature, covers.
    pub const fn crc_offset(&self) -> u32 {
        self.len - 4
    }

    /// Bytes of irom, in which the manifest is.
    pub const fn irom_len(&self) -> u32 {
        self.segments - (Inner::LEN + Outer::LEN) as u32
    }

    /// Walks the segments again, to load them.
    pub const fn segments(&self) -> Segments {
        Segments::new(self.segments, self.segment_count)
    }
}

/// Verifies the image at the start of `source` for a slot under a flash map.
///
/// # Errors
/// The first [`Fault`] found.
pub fn verify<S: Source>(source: &mut S, map: FlashMap, slot: Slot) -> Result<Verified, Fault> {
    let verified = verify_structure(source, map, slot)?;
    let mut sums = Sums::default();
    sums.update(source, 0, verified.crc_offset())?;
    verify_crc(source, &verified, sums.crc)?;
    Ok(verified)
}

/// The first half of [`verify`]: everything but the CRC, for those who have other work between the pieces of
/// the second. Until [`verify_crc`] has passed too, the result is a claim.
///
/// # Errors
/// The first [`Fault`] found.
pub fn verify_structure<S: Source>(
    source: &mut S,
    map: FlashMap,
    slot: Slot,
) -> Result<Verified, Fault> {
    let slot_len = map.slot(slot).len;

    let mut line = [0; Outer::LEN];
    source.read(0, &mut line)?;
    if is_erased(&line) {
        return Err(Fault::Blank);
    }
    let outer = OuterView::new_checked(&line).map_err(|_| Fault::NotAnImage)?;
    if outer.slot_number() != slot.number() {
        return Err(Fault::WrongSlot);
    }
    let irom_len = outer.irom_len();
    if !irom_len.is_multiple_of(16) {
        return Err(Fault::BadHeader);
    }
    if irom_len > slot_len {
        return Err(Fault::TooLarge);
    }

    let inner_offset = Outer::LEN as u32 + irom_len;
    let mut build = 0;
    if manifest::has_room(irom_len) {
        // The front one counts, whatever the end looks like.
        for place in manifest::places(irom_len).into_iter().rev() {
            source.read(place, &mut line)?;
            build = manifest::build_of(&line).unwrap_or(build);
        }
    }

    let mut bytes = [0; Inner::LEN];
    source.read(inner_offset, &mut bytes)?;
    let inner = InnerView::new_checked(&bytes).map_err(|_| Fault::BadHeader)?;
    if inner.map_code() != map.code() {
        return Err(Fault::WrongMap);
    }
    let verified = Verified {
        len: 0,
        segments: inner_offset + Inner::LEN as u32,
        segment_count: inner.segment_count(),
        entry: inner.entry(),
        build,
    };
    let end = verify_segments(source, &verified, slot_len)?;
    Ok(Verified {
        len: end + 4,
        ..verified
    })
}

/// Checks ranges, entry and checksum; returns where the CRC word is.
fn verify_segments<S: Source>(
    source: &mut S,
    image: &Verified,
    slot_len: u32,
) -> Result<u32, Fault> {
    if image.segment_count > COUNT_MAX {
        return Err(Fault::BadHeader);
    }
    let mut sums = Sums::default();
    let mut entry_is_loaded = false;
    let mut segments = image.segments();
    while let Some(segment) = segments.next(source)? {
        let header = segment.header;
        if !header.is_loadable() {
            return Err(Fault::BadSegment);
        }
        if segments.offset() > slot_len {
            return Err(Fault::TooLarge);
        }
        entry_is_loaded |=
            IRAM.contains(image.entry, 1) && image.entry.wrapping_sub(header.address) < header.len;
        sums.update(source, segment.data_offset, header.len)?;
    }
    if !entry_is_loaded {
        return Err(Fault::BadEntry);
    }
    // The checksum is the last byte of the 16-byte line behind the data, the CRC word follows it.
    let end = (segments.offset() | 15) + 1;
    if end + 4 > slot_len {
        return Err(Fault::TooLarge);
    }
    let mut last = [0; 4];
    source.read(end - 4, &mut last)?;
    if last[3] != sums.checksum.value() {
        return Err(Fault::BadChecksum);
    }
    Ok(end)
}

/// The last step of [`verify`]: compares the CRC word with `crc`, that of everything before it.
///
/// # Errors
/// [`Fault::BadCrc`] if they differ.
pub fn verify_crc<S: Source>(source: &mut S, image: &Verified, crc: Crc32) -> Result<(), Fault> {
    let mut stored = [0; 4];
    source.read(image.crc_offset(), &mut stored)?;
    if word(&stored) == crc.image_word() {
        Ok(())
    } else {
        Err(Fault::BadCrc)
    }
}

/// Both sums over ranges of an image. Only one of them is of interest each time, but one loop in the boot
/// loader is smaller than two.
#[derive(Default)]
struct Sums {
    checksum: Checksum,
    crc: Crc32,
}

impl Sums {
    fn update<S: Source>(
        &mut self,
        source: &mut S,
        offset: u32,
        len: u32,
    ) -> Result<(), ReadError> {
        let mut buffer = [0; PIECE_LEN];
        let mut done = 0;
        while done < len {
            let piece = &mut buffer[..PIECE_LEN.min((len - done) as usize)];
            source.read(offset + done, piece)?;
            self.checksum.update(piece);
            self.crc.update(piece);
            done += piece.len() as u32;
        }
        Ok(())
    }
}
