//! One line per field: where it is, what it is called, what it says.

use std::fmt::Write;

use d1_image::checksum::Checksum;
use d1_image::crc::Crc32;
use d1_image::header::{FlashClock, FlashMode, Inner, InnerView};
use d1_image::layout::{BOOT_DRAM, BOOT_IRAM, DRAM, IRAM};
use d1_image::manifest::{Manifest, ManifestView};
use d1_image::segment::{Segment, Segments};
use d1_image::FlashMap;

use super::meaning::meaning;
use super::{Field, Report};

/// A page of explanations over some bytes.
pub(super) struct Page<'a> {
    bytes: &'a [u8],
    part: &'static str,
    base: u32,
    text: String,
    fields: Vec<Field>,
}

impl<'a> Page<'a> {
    /// A page over the part of that name, which lies at `base` in its file.
    pub(super) fn new(bytes: &'a [u8], part: &'static str, base: u32) -> Page<'a> {
        Page {
            bytes,
            part,
            base,
            text: String::new(),
            fields: Vec::new(),
        }
    }

    pub(super) fn title(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A field at an offset from the image's start.
    pub(super) fn field(&mut self, offset: u32, name: &'static str, value: impl Into<String>) {
        let field = Field {
            part: self.part,
            offset: self.base.saturating_add(offset),
            name,
            value: value.into(),
            meaning: meaning(name),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{field}");
        self.fields.push(field);
    }

    pub(super) fn note(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.text, "            {}", text.as_ref());
    }

    /// The manifest at `offset`.
    pub(super) fn manifest(&mut self, offset: u32, manifest: &ManifestView<&[u8]>) {
        let Manifest {
            build,
            release,
            image_len,
            project,
            board,
            key,
        } = Manifest::parse(manifest);
        self.field(offset, "manifest", "D1M2");
        self.field(offset + 4, "build number", build.to_string());
        let release = match release {
            0 => "none: a development build".into(),
            release => release.to_string(),
        };
        self.field(offset + 8, "release", release);
        self.field(offset + 12, "image", format!("{image_len} bytes"));
        self.field(offset + 16, "project", project.to_string());
        let board = format!("number {board} or higher");
        self.field(offset + 32, "board", board);
        let key = key.map_or("none: unsigned".into(), |key| key.to_string());
        self.field(offset + 36, "signing key", key);
    }

    /// The inner header at `offset`, its segments and checksum; returns the offset behind it all.
    pub(super) fn inner(&mut self, offset: u32) -> u32 {
        let Some(bytes) = self.bytes.get(offset as usize..) else {
            return offset;
        };
        let Ok(inner) = InnerView::new_checked(bytes) else {
            return offset;
        };
        self.field(offset, "magic", "E9");
        self.field(offset + 1, "segments", inner.segment_count().to_string());
        self.field(offset + 2, "flash mode", mode(inner.mode_code()));
        self.field(
            offset + 3,
            "flash",
            format!("{}, {}", map(inner.map_code()), clock(inner.clock_code())),
        );
        self.field(offset + 4, "entry", format!("{:#010x}", inner.entry()));
        let mut segments = Segments::new(offset + Inner::LEN as u32, inner.segment_count());
        let mut checksum = Checksum::new();
        while let Ok(Some(segment)) = segments.next(&mut self.bytes) {
            let Segment {
                header,
                data_offset,
            } = segment;
            self.field(
                data_offset - 8,
                "segment",
                format!(
                    "{:#010x}, {} bytes: {}",
                    header.address,
                    header.len,
                    region(header.address, header.len)
                ),
            );
            match data(self.bytes, &segment) {
                Some(data) => checksum.update(data),
                None => {
                    self.note("which reaches beyond the end of the file");
                    return segments.offset();
                }
            }
        }
        let at = segments.offset() | 15;
        match self.bytes.get(at as usize) {
            Some(&stored) if stored == checksum.value() => {
                self.field(at, "checksum", format!("{stored:#04x}, right"));
            }
            Some(stored) => self.field(
                at,
                "checksum",
                format!(
                    "{stored:#04x}, but the segments have {:#04x}",
                    checksum.value()
                ),
            ),
            None => self.note("the file ends before the checksum"),
        }
        at.saturating_add(1)
    }

    /// The CRC word at `offset` over everything before it.
    pub(super) fn crc(&mut self, offset: u32) {
        let end = offset as usize;
        let stored = self.bytes.get(end..).and_then(|rest| rest.first_chunk());
        let (Some(stored), Some(covered)) = (stored, self.bytes.get(..end)) else {
            return self.note("the file ends before the CRC");
        };
        let mut crc = Crc32::new();
        crc.update(covered);
        let (stored, computed) = (u32::from_le_bytes(*stored), crc.image_word());
        let verdict = match stored == computed {
            true => "right".to_string(),
            false => format!("but the bytes have {computed:#010x}"),
        };
        self.field(offset, "CRC", format!("{stored:#010x}, {verdict}"));
    }

    /// What the mask ROM would not like about the image whose inner header ends at `segments`.
    pub(super) fn checksum_fault(&self, end: u32, segments: u32) -> Option<String> {
        let inner = InnerView::new_checked(self.bytes).ok()?;
        let mut segments = Segments::new(segments, inner.segment_count());
        let mut checksum = Checksum::new();
        loop {
            match segments.next(&mut &*self.bytes) {
                Ok(Some(segment)) => match data(self.bytes, &segment) {
                    Some(data) => checksum.update(data),
                    None => return Some("it ends inside a segment".into()),
                },
                Ok(None) => break,
                Err(_) => return Some("it ends inside a segment header".into()),
            }
        }
        match self.bytes.get(end as usize - 1) {
            Some(stored) if *stored == checksum.value() => None,
            Some(_) => Some("its checksum is wrong".into()),
            None => Some("it ends before its checksum".into()),
        }
    }

    /// The page with its verdict.
    pub(super) fn finish(mut self, refused: Option<String>) -> Report {
        let verdict = match &refused {
            None => "good".to_string(),
            Some(why) => format!("refused: {why}"),
        };
        let _ = writeln!(self.text, "  verdict   {verdict}");
        Report {
            text: self.text,
            fields: self.fields,
            refused,
        }
    }
}

fn data<'a>(bytes: &'a [u8], segment: &Segment) -> Option<&'a [u8]> {
    let start = segment.data_offset as usize;
    bytes.get(start..start.checked_add(segment.header.len as usize)?)
}

fn mode(code: u8) -> String {
    match FlashMode::from_code(code) {
        Some(mode) => format!("{mode:?}").to_uppercase(),
        None => format!("{code:#04x}, unknown"),
    }
}

fn clock(code: u8) -> String {
    match FlashClock::from_code(code) {
        Some(FlashClock::Mhz40) => "40 MHz".into(),
        Some(FlashClock::Mhz26) => "26.7 MHz".into(),
        Some(FlashClock::Mhz20) => "20 MHz".into(),
        Some(FlashClock::Mhz80) => "80 MHz".into(),
        None => format!("clock code {code}, unknown"),
    }
}

fn map(code: u8) -> String {
    match FlashMap::from_code(code) {
        Some(map) => format!("{} map", map.name()),
        None => format!("map code {code}, none of ours"),
    }
}

fn region(address: u32, len: u32) -> &'static str {
    if BOOT_IRAM.contains(address, len) {
        "the boot loader's instruction RAM"
    } else if BOOT_DRAM.contains(address, len) {
        "the boot loader's data RAM"
    } else if IRAM.contains(address, len) {
        "instruction RAM"
    } else if DRAM.contains(address, len) {
        "data RAM"
    } else {
        "not an image's memory"
    }
}
