//! Building images: the way back of [`crate::verify`].
//!
//! Everything goes to a sink in ascending order, so a host tool can write a file and a test a slice.

use crate::checksum::Checksum;
use crate::crc::Crc32;
use crate::header::{FlashClock, FlashMode, Inner, Outer};
use crate::layout::FlashMap;
use crate::manifest::{self, Manifest, ManifestView};
use crate::segment::{SegmentHeader, COUNT_MAX};
use crate::slot::Slot;

/// One segment's address and bytes, as an ELF has them.
#[derive(Clone, Copy, Debug)]
pub struct SegmentData<'a> {
    /// Load address, a multiple of 4.
    pub address: u32,
    /// Bytes; padded with zeros to whole words.
    pub data: &'a [u8],
}

impl SegmentData<'_> {
    fn header(&self) -> SegmentHeader {
        SegmentHeader {
            address: self.address,
            len: round_up(self.data.len() as u32, 4),
        }
    }
}

/// Everything an image for a slot is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The flash map it is for.
    pub map: FlashMap,
    /// The slot it is for.
    pub slot: Slot,
    /// How flash is read.
    pub mode: FlashMode,
    /// How fast flash is read.
    pub clock: FlashClock,
    /// Address of the first instruction, in a segment in instruction RAM.
    pub entry: u32,
    /// What the image says about itself; its length is filled in. Nobody has signed it yet.
    pub manifest: Manifest,
    /// The bytes linked at [`FlashMap::irom_origin`]. If they start with a manifest, that is its room;
    /// otherwise it goes behind them.
    pub irom: &'a [u8],
    /// What is loaded to RAM.
    pub segments: &'a [SegmentData<'a>],
}

/// Why these parts make no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComposeError<E> {
    /// More than [`COUNT_MAX`] segments.
    TooManySegments,
    /// The segment of this index would be loaded outside of an image's RAM, or not at a word.
    BadSegment(usize),
    /// The image would have this many bytes, more than the slot.
    TooLarge(u32),
    /// The sink's own error.
    Sink(E),
}

impl Parts<'_> {
    /// Bytes the image will have, CRC word included.
    pub fn image_len(&self) -> u32 {
        let inner = Outer::LEN as u32 + self.irom_len();
        (end_of_segments(inner, self.segments) | 15) + 1 + 4
    }

    fn irom_len(&self) -> u32 {
        round_up(self.irom.len() as u32, 16) + self.appended_len()
    }

    /// Bytes of manifest behind irom.
    fn appended_len(&self) -> u32 {
        match ManifestView::new_checked(self.irom) {
            Ok(_) => 0,
            Err(_) => manifest::LEN as u32,
        }
    }

    /// Gives the image's bytes to `sink`, piece by piece; returns their number.
    ///
    /// # Errors
    /// [`ComposeError`], before the first byte unless it is the sink's own.
    pub fn compose<E>(
        &self,
        sink: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<u32, ComposeError<E>> {
        check_count(self.segments)?;
        if let Some(index) = self
            .segments
            .iter()
            .position(|segment| !segment.header().is_loadable())
        {
            return Err(ComposeError::BadSegment(index));
        }
        let len = self.image_len();
        if len > self.map.slot(self.slot).len {
            return Err(ComposeError::TooLarge(len));
        }
        let mut out = Out {
            sink,
            crc: Crc32::new(),
            len: 0,
        };
        self.write(&mut out).map_err(ComposeError::Sink)?;
        Ok(out.len)
    }

    fn write<E, F: FnMut(&[u8]) -> Result<(), E>>(&self, out: &mut Out<F>) -> Result<(), E> {
        let mut bytes = [0; Outer::LEN];
        let (slot, map, entry) = (self.slot, Some(self.map), self.entry);
        Outer {
            slot,
            map,
            entry,
            irom_len: self.irom_len(),
        }
        .emit(&mut bytes);
        out.put(&bytes)?;
        let manifest = Manifest {
            image_len: self.image_len(),
            ..self.manifest
        };
        let manifest = manifest.emit();
        if self.appended_len() == 0 {
            out.put(&manifest)?;
            out.put(&self.irom[manifest::LEN..])?;
            out.pad(16, 0)?;
        } else {
            out.put(self.irom)?;
            out.pad(16, 0)?;
            out.put(&manifest)?;
        }
        write_inner(out, self.map, self.mode, self.clock, entry, self.segments)?;
        let crc = out.crc.image_word();
        out.put(&crc.to_le_bytes())
    }
}

/// Gives the bytes of an image for flash offset 0, the boot loader, to `sink`; returns their number.
///
/// It has the inner header only, and neither manifest nor CRC: the mask ROM reads it. Where its segments are
/// loaded to is the linker script's business.
///
/// # Errors
/// [`ComposeError::TooManySegments`] and the sink's own.
pub fn compose_boot<E>(
    map: FlashMap,
    mode: FlashMode,
    clock: FlashClock,
    entry: u32,
    segments: &[SegmentData],
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<u32, ComposeError<E>> {
    check_count(segments)?;
    let mut out = Out {
        sink,
        crc: Crc32::new(),
        len: 0,
    };
    write_inner(&mut out, map, mode, clock, entry, segments).map_err(ComposeError::Sink)?;
    Ok(out.len)
}

fn write_inner<E, F: FnMut(&[u8]) -> Result<(), E>>(
    out: &mut Out<F>,
    map: FlashMap,
    mode: FlashMode,
    clock: FlashClock,
    entry: u32,
    segments: &[SegmentData],
) -> Result<(), E> {
    let mut bytes = [0; Inner::LEN];
    let segment_count = segments.len() as u8;
    Inner {
        segment_count,
        mode,
        clock,
        map_code: map.code(),
        entry,
    }
    .emit(&mut bytes);
    out.put(&bytes)?;
    let mut checksum = Checksum::new();
    for segment in segments {
        out.put(&segment.header().emit())?;
        out.put(segment.data)?;
        out.pad(4, 0)?;
        checksum.update(segment.data);
    }
    out.pad(16, 15)?;
    out.put(&[checksum.value()])
}

fn check_count<E>(segments: &[SegmentData]) -> Result<(), ComposeError<E>> {
    if segments.len() > COUNT_MAX as usize {
        return Err(ComposeError::TooManySegments);
    }
    Ok(())
}

fn end_of_segments(inner: u32, segments: &[SegmentData]) -> u32 {
    let headers = SegmentHeader::LEN as u32;
    segments
        .iter()
        .fold(inner + Inner::LEN as u32, |end, segment| {
            end + headers + segment.header().len
        })
}

const fn round_up(len: u32, unit: u32) -> u32 {
    len.div_ceil(unit) * unit
}

/// The sink, and what has to be known about the bytes that went into it.
struct Out<F> {
    sink: F,
    crc: Crc32,
    len: u32,
}

impl<E, F: FnMut(&[u8]) -> Result<(), E>> Out<F> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.crc.update(bytes);
        self.len += bytes.len() as u32;
        (self.sink)(bytes)
    }

    /// Zeros up to the next position that is `rest` modulo `unit` (at most 16).
    fn pad(&mut self, unit: u32, rest: u32) -> Result<(), E> {
        let zeros = (rest + unit - self.len % unit) % unit;
        self.put(&[0; 16][..zeros as usize])
    }
}
