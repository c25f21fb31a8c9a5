//! Reading the record, and where the next entry goes.

use super::entry::{Entry, Kind};
use crate::layout::{FlashMap, FlashOffset, SECTOR_LEN};
use crate::slot::Slot;
use crate::source::{is_erased, ReadError, Source};

/// Cells in one sector.
pub const CELL_COUNT: u32 = SECTOR_LEN / Entry::LEN as u32;

/// What both sectors hold, boiled down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan {
    newest: Option<Entry>,
    /// Sector index of the newest entry; 0 without one.
    active: usize,
    /// Per sector, the first cell behind everything that is not erased.
    free: [u32; 2],
    /// Cells behind the newest entry that are neither erased nor an entry.
    torn: u32,
}

/// Where the next entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The sector that has to be erased first, if any.
    pub erase: Option<FlashOffset>,
    /// Where the entry's 32 bytes are programmed. All erased, after `erase`.
    pub write: FlashOffset,
    /// The sequence number the entry has to carry.
    pub sequence: u32,
}

impl Scan {
    /// The scan of two erased sectors.
    pub const fn new() -> Scan {
        Scan {
            newest: None,
            active: 0,
            free: [0; 2],
            torn: 0,
        }
    }

    /// Takes in the bytes of one cell; cells of a sector in ascending order, sector 0 first.
    pub fn cell(&mut self, sector: usize, index: u32, bytes: &[u8; Entry::LEN]) {
        if is_erased(bytes) {
            return;
        }
        self.free[sector & 1] = index + 1;
        let Some(entry) = Entry::parse(bytes) else {
            self.torn += 1;
            return;
        };
        if self
            .newest
            .is_none_or(|newest| entry.sequence >= newest.sequence)
        {
            self.newest = Some(entry);
            self.active = sector & 1;
            self.torn = 0;
        }
    }

    /// Takes in both sectors of `flash`, a source whose offset 0 is the first byte of the flash chip.
    ///
    /// # Errors
    /// [`ReadError`] from the source; what was read up to there is taken in.
    pub fn read<S: Source>(&mut self, flash: &mut S, map: FlashMap) -> Result<(), ReadError> {
        let mut bytes = [0; Entry::LEN];
        for (sector, start) in map.record_sectors().iter().enumerate() {
            for index in 0..CELL_COUNT {
                flash.read(start.plus(index * Entry::LEN as u32).get(), &mut bytes)?;
                self.cell(sector, index, &bytes);
            }
        }
        Ok(())
    }

    /// The entry that decides.
    pub const fn newest(&self) -> Option<Entry> {
        self.newest
    }

    /// Where the next entry goes.
    ///
    /// Behind everything in the active sector, torn cells included; a full sector makes way by erasing the
    /// other one, which never holds the newest entry.
    pub fn plan(&self, map: FlashMap) -> Plan {
        let sectors = map.record_sectors();
        let cell = self.free[self.active];
        let sequence = self.next_sequence();
        if cell < CELL_COUNT {
            let write = sectors[self.active].plus(cell * Entry::LEN as u32);
            Plan {
                erase: None,
                write,
                sequence,
            }
        } else {
            let other = sectors[self.active ^ 1];
            Plan {
                erase: Some(other),
                write: other,
                sequence,
            }
        }
    }

    /// A torn entry may read as whole another time (cells that a power cut left between 0 and 1), so each one
    /// behind the newest counts as if it had been written.
    fn next_sequence(&self) -> u32 {
        let newest = self.newest.map_or(0, |entry| entry.sequence);
        newest.wrapping_add(self.torn).wrapping_add(1)
    }

    /// The entry that [`Scan::plan`] makes room for.
    pub fn entry(&self, kind: Kind, slot: Slot, from_build: u32, to_build: u32) -> Entry {
        let sequence = self.next_sequence();
        Entry {
            sequence,
            kind,
            slot,
            from_build,
            to_build,
        }
    }
}

impl Default for Scan {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads both sectors of `flash`, a source whose offset 0 is the first byte of the flash chip.
///
/// # Errors
/// [`ReadError`] from the source.
pub fn scan<S: Source>(flash: &mut S, map: FlashMap) -> Result<Scan, ReadError> {
    let mut scan = Scan::new();
    scan.read(flash, map)?;
    Ok(scan)
}
