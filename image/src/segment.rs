//! RAM segments: a load address, a length, and that many bytes behind them.

use crate::header::word;
use crate::layout::{DRAM, IRAM};
use crate::source::{ReadError, Source};

/// Most segments an image may have. Ours have three to five, Espressif's three.
pub const COUNT_MAX: u8 = 16;

/// Eight bytes before a segment's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Where the data is loaded to.
    pub address: u32,
    /// Bytes of data.
    pub len: u32,
}

impl SegmentHeader {
    /// Bytes of the header.
    pub const LEN: usize = 8;

    /// Reads a header.
    pub fn parse(bytes: &[u8; Self::LEN]) -> SegmentHeader {
        SegmentHeader {
            address: word(&bytes[0..4]),
            len: word(&bytes[4..8]),
        }
    }

    /// The header's bytes.
    pub fn emit(&self) -> [u8; Self::LEN] {
        let a = self.address.to_le_bytes();
        let l = self.len.to_le_bytes();
        [a[0], a[1], a[2], a[3], l[0], l[1], l[2], l[3]]
    }

    /// Whether an image may be loaded there: whole words into the RAM that is its own.
    ///
    /// Words, because instruction RAM takes no narrower store and the mask ROM copies a ragged tail bytewise.
    pub fn is_loadable(&self) -> bool {
        (self.address | self.len) & 3 == 0
            && (IRAM.contains(self.address, self.len) || DRAM.contains(self.address, self.len))
    }
}

/// Walks the segments of an image.
#[derive(Clone, Debug)]
pub struct Segments {
    offset: u32,
    left: u8,
}

/// One segment of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it goes and how long it is.
    pub header: SegmentHeader,
    /// Where its data starts, from the image's first byte.
    pub data_offset: u32,
}

impl Segments {
    /// The `count` segments whose first header lies at `offset` from the image's first byte.
    pub const fn new(offset: u32, count: u8) -> Segments {
        Segments {
            offset,
            left: count,
        }
    }

    /// The next segment; `Ok(None)` behind the last.
    ///
    /// Lengths are taken as they are: check [`SegmentHeader::is_loadable`] before trusting one.
    ///
    /// # Errors
    /// [`ReadError`] from the source.
    pub fn next<S: Source>(&mut self, source: &mut S) -> Result<Option<Segment>, ReadError> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut bytes = [0; SegmentHeader::LEN];
        source.read(self.offset, &mut bytes)?;
        let header = SegmentHeader::parse(&bytes);
        let data_offset = self.offset.wrapping_add(SegmentHeader::LEN as u32);
        self.offset = data_offset.wrapping_add(header.len);
        self.left -= 1;
        Ok(Some(Segment {
            header,
            data_offset,
        }))
    }

    /// Where the next header would be; behind the last segment, the end of all data.
    pub const fn offset(&self) -> u32 {
        self.offset
    }
}
