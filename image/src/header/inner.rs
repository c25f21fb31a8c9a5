//! The inner header, `E9`: the one the mask ROM knows. Segment count, flash set-up and entry.

use super::{word, Malformed};

mod field {
    use core::ops::Range;
    pub const MAGIC: usize = 0;
    pub const SEGMENT_COUNT: usize = 1;
    pub const MODE: usize = 2;
    /// High nibble map code, low nibble clock.
    pub const MAP_AND_CLOCK: usize = 3;
    pub const ENTRY: Range<usize> = 4..8;
}

const MAGIC: u8 = 0xE9;

/// How many lines the flash is read with. The mask ROM obeys it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FlashMode {
    /// Address and data on four lines.
    Qio = 0,
    /// Data on four lines.
    Qout = 1,
    /// Address and data on two lines. Works on every D1 mini, which is why it is our default.
    Dio = 2,
    /// Data on two lines.
    Dout = 3,
}

impl FlashMode {
    /// The mode of header byte 2.
    pub const fn from_code(code: u8) -> Option<FlashMode> {
        match code {
            0 => Some(FlashMode::Qio),
            1 => Some(FlashMode::Qout),
            2 => Some(FlashMode::Dio),
            3 => Some(FlashMode::Dout),
            _ => None,
        }
    }
}

/// How fast the flash may be read. The mask ROM ignores it, loaders and SDKs obey it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FlashClock {
    /// 40 MHz, the default.
    Mhz40 = 0,
    /// 26.7 MHz.
    Mhz26 = 1,
    /// 20 MHz.
    Mhz20 = 2,
    /// 80 MHz.
    Mhz80 = 15,
}

impl FlashClock {
    /// The clock of the low nibble of header byte 3.
    pub const fn from_code(code: u8) -> Option<FlashClock> {
        match code {
            0 => Some(FlashClock::Mhz40),
            1 => Some(FlashClock::Mhz26),
            2 => Some(FlashClock::Mhz20),
            15 => Some(FlashClock::Mhz80),
            _ => None,
        }
    }
}

/// View of an inner header.
#[derive(Clone, Copy, Debug)]
pub struct InnerView<T>(T);

impl<T: AsRef<[u8]>> InnerView<T> {
    /// Bytes of the header.
    pub const LEN: usize = field::ENTRY.end;

    /// A view that trusts its bytes: accessors panic if there are fewer than [`Self::LEN`].
    pub const fn new_unchecked(bytes: T) -> Self {
        InnerView(bytes)
    }

    /// A view of enough bytes that start with the magic.
    ///
    /// # Errors
    /// [`Malformed`] otherwise.
    pub fn new_checked(bytes: T) -> Result<Self, Malformed> {
        if bytes.as_ref().len() < Self::LEN || bytes.as_ref()[field::MAGIC] != MAGIC {
            return Err(Malformed);
        }
        Ok(InnerView(bytes))
    }

    /// Segments that follow.
    pub fn segment_count(&self) -> u8 {
        self.0.as_ref()[field::SEGMENT_COUNT]
    }

    /// Flash mode, whatever it is.
    pub fn mode_code(&self) -> u8 {
        self.0.as_ref()[field::MODE]
    }

    /// Code of the flash map.
    pub fn map_code(&self) -> u8 {
        self.0.as_ref()[field::MAP_AND_CLOCK] >> 4
    }

    /// Code of the flash clock.
    pub fn clock_code(&self) -> u8 {
        self.0.as_ref()[field::MAP_AND_CLOCK] & 15
    }

    /// Address of the first instruction.
    pub fn entry(&self) -> u32 {
        word(&self.0.as_ref()[field::ENTRY])
    }
}

/// Meaning of an inner header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inner {
    /// Segments that follow.
    pub segment_count: u8,
    /// How the flash is read.
    pub mode: FlashMode,
    /// How fast the flash is read.
    pub clock: FlashClock,
    /// Espressif's code of the flash map; not always one of ours.
    pub map_code: u8,
    /// Address of the first instruction.
    pub entry: u32,
}

impl Inner {
    /// Bytes of the header.
    pub const LEN: usize = InnerView::<&[u8]>::LEN;

    /// Reads the meaning of a view.
    ///
    /// # Errors
    /// [`Malformed`] for an unknown flash mode or clock.
    pub fn parse<T: AsRef<[u8]>>(view: &InnerView<T>) -> Result<Inner, Malformed> {
        Ok(Inner {
            segment_count: view.segment_count(),
            mode: FlashMode::from_code(view.mode_code()).ok_or(Malformed)?,
            clock: FlashClock::from_code(view.clock_code()).ok_or(Malformed)?,
            map_code: view.map_code(),
            entry: view.entry(),
        })
    }

    /// The header's bytes.
    pub fn emit(&self, bytes: &mut [u8; Self::LEN]) {
        bytes[field::MAGIC] = MAGIC;
        bytes[field::SEGMENT_COUNT] = self.segment_count;
        bytes[field::MODE] = self.mode as u8;
        bytes[field::MAP_AND_CLOCK] = self.map_code << 4 | self.clock as u8;
        bytes[field::ENTRY].copy_from_slice(&self.entry.to_le_bytes());
    }
}
