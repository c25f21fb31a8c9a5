//! The update history: what was tried, how it ended, and when the loader went back.
//!
//! A [`crate::log`] in two sectors of its own ([`crate::FlashMap::history_sectors`]), written by the firmware
//! alone and read by nobody who decides anything: losing it loses a story. What stages and causes mean is the
//! firmware's affair; here they are numbers.

use crate::header::word;
use crate::layout::{FlashMap, FlashOffset};
use crate::log::{crc, Cell, Scan, CELL_LEN};
use crate::record::Reason;
use crate::slot::Slot;

mod field {
    use core::ops::Range;
    pub const MAGIC: Range<usize> = 0..4;
    pub const SEQUENCE: Range<usize> = 4..8;
    pub const KIND: usize = 8;
    pub const SLOT: usize = 9;
    /// Ended: the stage. Reverted: the reason.
    pub const FIRST: usize = 10;
    /// Ended: the cause. Reverted: the reset cause.
    pub const SECOND: usize = 11;
    pub const FROM_BUILD: Range<usize> = 12..16;
    pub const TO_BUILD: Range<usize> = 16..20;
    pub const BYTES: Range<usize> = 20..24;
    /// Began and reverted: the boot record's sequence number. Ended: more about the cause.
    pub const DETAIL: Range<usize> = 24..28;
    pub const CRC: Range<usize> = 28..32;
}

const MAGIC: [u8; 4] = *b"D1HI";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Written before the first erase of an update: without an end behind it, it was interrupted.
    Began {
        /// Sequence number of the boot record's newest entry then; 0 without one.
        record: u32,
    },
    /// Written when an update is over, however it ended.
    Ended {
        /// How far it came.
        stage: u8,
        /// Why it ended.
        cause: u8,
        /// More about the cause.
        detail: u32,
    },
    /// Taken over from the boot record by the firmware that runs again: the loader went back.
    Reverted {
        /// What was wrong with the other slot.
        reason: Reason,
        /// How the chip was reset before: what the mask ROM calls the reset cause.
        reset: u8,
        /// Sequence number of the boot record's entry.
        record: u32,
    },
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Counts up over both sectors.
    pub sequence: u32,
    /// What happened.
    pub kind: Kind,
    /// The slot that was written, or that is run again.
    pub slot: Slot,
    /// Build number that ran before; 0 if unknown.
    pub from_build: u32,
    /// Build number in [`Event::slot`]; 0 if unknown.
    pub to_build: u32,
    /// Bytes of the new image in flash.
    pub bytes: u32,
}

impl Event {
    /// Reads an event; `None` for anything torn, blank or foreign.
    pub fn parse(bytes: &[u8; CELL_LEN]) -> Option<Event> {
        if bytes[field::MAGIC] != MAGIC || word(&bytes[field::CRC]) != crc(bytes) {
            return None;
        }
        let (first, second) = (bytes[field::FIRST], bytes[field::SECOND]);
        let detail = word(&bytes[field::DETAIL]);
        let kind = match bytes[field::KIND] {
            1 if first == 0 && second == 0 => Kind::Began { record: detail },
            2 => Kind::Ended {
                stage: first,
                cause: second,
                detail,
            },
            3 => Kind::Reverted {
                reason: Reason::from_code(first)?,
                reset: second,
                record: detail,
            },
            _ => return None,
        };
        Some(Event {
            sequence: word(&bytes[field::SEQUENCE]),
            kind,
            slot: Slot::from_number(bytes[field::SLOT])?,
            from_build: word(&bytes[field::FROM_BUILD]),
            to_build: word(&bytes[field::TO_BUILD]),
            bytes: word(&bytes[field::BYTES]),
        })
    }

    /// The event's bytes.
    pub fn emit(&self) -> [u8; CELL_LEN] {
        let (kind, first, second, detail) = match self.kind {
            Kind::Began { record } => (1, 0, 0, record),
            Kind::Ended {
                stage,
                cause,
                detail,
            } => (2, stage, cause, detail),
            Kind::Reverted {
                reason,
                reset,
                record,
            } => (3, reason.code(), reset, record),
        };
        let mut bytes = [0; CELL_LEN];
        bytes[field::MAGIC].copy_from_slice(&MAGIC);
        bytes[field::SEQUENCE].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[field::KIND] = kind;
        bytes[field::SLOT] = self.slot.number();
        bytes[field::FIRST] = first;
        bytes[field::SECOND] = second;
        bytes[field::FROM_BUILD].copy_from_slice(&self.from_build.to_le_bytes());
        bytes[field::TO_BUILD].copy_from_slice(&self.to_build.to_le_bytes());
        bytes[field::BYTES].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[field::DETAIL].copy_from_slice(&detail.to_le_bytes());
        let crc = crc(&bytes);
        bytes[field::CRC].copy_from_slice(&crc.to_le_bytes());
        bytes
    }
}

impl Cell for Event {
    fn sectors(map: FlashMap) -> [FlashOffset; 2] {
        map.history_sectors()
    }

    fn parse(bytes: &[u8; CELL_LEN]) -> Option<Self> {
        Event::parse(bytes)
    }

    fn sequence(&self) -> u32 {
        self.sequence
    }

    fn take(scan: &mut Scan<Self>, sector: usize, index: u32, bytes: &[u8; CELL_LEN]) {
        scan.cell(sector, index, bytes);
    }
}
