//! One entry of the boot record: 32 bytes, its own magic, sequence number and CRC.

use crate::header::word;
use crate::layout::{FlashMap, FlashOffset};
use crate::log::{crc, Cell, Scan, CELL_LEN};
use crate::slot::Slot;
use crate::verify::Fault;

/// How often a trial may be started without being confirmed before the loader falls back.
pub const ATTEMPTS_MAX: u8 = 3;

mod field {
    use core::ops::Range;
    pub const MAGIC: Range<usize> = 0..4;
    pub const SEQUENCE: Range<usize> = 4..8;
    pub const KIND: usize = 8;
    pub const SLOT: usize = 9;
    /// Select: 1 for a trial. Attempt: its number. Fall-back: the reason.
    pub const DETAIL: usize = 10;
    pub const RESERVED_BYTE: usize = 11;
    pub const FROM_BUILD: Range<usize> = 12..16;
    pub const TO_BUILD: Range<usize> = 16..20;
    pub const RESERVED: Range<usize> = 20..28;
    pub const CRC: Range<usize> = 28..32;
}

const MAGIC: [u8; 4] = *b"D1BR";

/// Why the loader gave up on a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its image is bad.
    Bad(Fault),
    /// Its image is good, but [`ATTEMPTS_MAX`] trial boots passed and it never confirmed itself.
    NotConfirmed,
}

impl Reason {
    const NOT_CONFIRMED: u8 = 0x40;

    /// The reason's code in record and handoff, below 0x80.
    pub const fn code(self) -> u8 {
        match self {
            Reason::Bad(fault) => fault.code(),
            Reason::NotConfirmed => Self::NOT_CONFIRMED,
        }
    }

    /// The reason of that code.
    pub fn from_code(code: u8) -> Option<Reason> {
        match code {
            Self::NOT_CONFIRMED => Some(Reason::NotConfirmed),
            code => Fault::from_code(code).map(Reason::Bad),
        }
    }

    /// Two or three words for a console.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Bad(fault) => fault.name(),
            Reason::NotConfirmed => "never confirmed",
        }
    }
}

impl core::fmt::Display for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// What an entry says about its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Written by the firmware (or a host tool) when it has verified a new image: boot this slot from now on.
    Select {
        /// The image has to confirm itself, or the loader falls back.
        trial: bool,
    },
    /// Written by the loader right before it starts a trial.
    Attempt {
        /// 1 for the first one.
        number: u8,
    },
    /// Written by the firmware that runs on trial once it is satisfied with itself: keep this slot.
    Confirm,
    /// Written by the loader when it starts this slot because the other one would not do.
    FallBack {
        /// What was wrong with the other slot.
        reason: Reason,
    },
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts up by one per entry, over both sectors.
    pub sequence: u32,
    /// What it says.
    pub kind: Kind,
    /// The slot to boot.
    pub slot: Slot,
    /// Build number that ran or was chosen before; 0 if unknown.
    pub from_build: u32,
    /// Build number in [`Entry::slot`]; 0 if unknown.
    pub to_build: u32,
}

impl Entry {
    /// Bytes of an entry.
    pub const LEN: usize = field::CRC.end;

    /// What stands in for an empty record when the loader knows that it started `slot` on trial: the image has
    /// erased the record, and is given up.
    pub const fn lost_trial(slot: Slot) -> Entry {
        Entry {
            sequence: 0,
            kind: Kind::Attempt {
                number: ATTEMPTS_MAX,
            },
            slot,
            from_build: 0,
            to_build: 0,
        }
    }

    /// Reads an entry; `None` for anything torn, blank or foreign.
    pub fn parse(bytes: &[u8; Self::LEN]) -> Option<Entry> {
        if bytes[field::MAGIC] != MAGIC || word(&bytes[field::CRC]) != crc(bytes) {
            return None;
        }
        let detail = bytes[field::DETAIL];
        let kind = match bytes[field::KIND] {
            1 if detail < 2 => Kind::Select { trial: detail == 1 },
            2 => Kind::Attempt { number: detail },
            3 => Kind::Confirm,
            4 => Kind::FallBack {
                reason: Reason::from_code(detail)?,
            },
            _ => return None,
        };
        Some(Entry {
            sequence: word(&bytes[field::SEQUENCE]),
            kind,
            slot: Slot::from_number(bytes[field::SLOT])?,
            from_build: word(&bytes[field::FROM_BUILD]),
            to_build: word(&bytes[field::TO_BUILD]),
        })
    }

    /// The entry's bytes.
    pub fn emit(&self) -> [u8; Self::LEN] {
        let (kind, detail) = match self.kind {
            Kind::Select { trial } => (1, u8::from(trial)),
            Kind::Attempt { number } => (2, number),
            Kind::Confirm => (3, 0),
            Kind::FallBack { reason } => (4, reason.code()),
        };
        // All ones in a whole word would leave it looking erased; the reserved bytes are zero.
        let mut bytes = [0; Self::LEN];
        bytes[field::MAGIC].copy_from_slice(&MAGIC);
        bytes[field::SEQUENCE].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[field::KIND] = kind;
        bytes[field::SLOT] = self.slot.number();
        bytes[field::DETAIL] = detail;
        bytes[field::FROM_BUILD].copy_from_slice(&self.from_build.to_le_bytes());
        bytes[field::TO_BUILD].copy_from_slice(&self.to_build.to_le_bytes());
        let crc = crc(&bytes);
        bytes[field::CRC].copy_from_slice(&crc.to_le_bytes());
        bytes
    }
}

impl Cell for Entry {
    fn sectors(map: FlashMap) -> [FlashOffset; 2] {
        map.record_sectors()
    }

    fn parse(bytes: &[u8; CELL_LEN]) -> Option<Self> {
        Entry::parse(bytes)
    }

    fn sequence(&self) -> u32 {
        self.sequence
    }

    fn take(scan: &mut Scan<Self>, sector: usize, index: u32, bytes: &[u8; CELL_LEN]) {
        scan.cell(sector, index, bytes);
    }
}

const _: () = assert!(Entry::LEN == CELL_LEN);
const _: () = assert!(field::RESERVED_BYTE + 1 == field::FROM_BUILD.start);
const _: () = assert!(field::RESERVED.end == field::CRC.start);
