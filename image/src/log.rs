//! An append-only log of 32-byte cells in two sectors: what the boot record and the history have in common.
//!
//! Cells are only ever written to erased flash, behind everything that is not erased; a full sector makes way by
//! erasing the *other* one, so the newest entry exists at every instant. Each entry has its own magic, sequence
//! number and CRC, so a torn one is none. `SPEC.md`, section 3, has the reasoning.

use crate::crc::Crc32;
use crate::layout::{FlashMap, FlashOffset, SECTOR_LEN};
use crate::source::{is_erased, ReadError, Source};

/// Bytes of a cell.
pub const CELL_LEN: usize = 32;
/// Cells in one sector.
pub const CELL_COUNT: u32 = SECTOR_LEN / CELL_LEN as u32;

/// The bytes of a cell that its last word is the CRC of.
const COVERED: usize = CELL_LEN - 4;

/// What a log's cells hold.
pub trait Cell: Copy {
    /// The two sectors of the log.
    fn sectors(map: FlashMap) -> [FlashOffset; 2];

    /// Reads a cell; `None` for anything torn, blank or foreign.
    fn parse(bytes: &[u8; CELL_LEN]) -> Option<Self>;

    /// Counts up over both sectors.
    fn sequence(&self) -> u32;

    /// Calls [`Scan::cell`]. A method of the type, so that it is compiled here and not in every crate that reads
    /// the log: the boot loader has no room for what its own opt-level makes of it.
    fn take(scan: &mut Scan<Self>, sector: usize, index: u32, bytes: &[u8; CELL_LEN]);
}

/// What both sectors hold, boiled down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan<C> {
    newest: Option<C>,
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

impl<C: Cell> Scan<C> {
    /// The scan of two erased sectors.
    pub const fn new() -> Self {
        Self::behind(None)
    }

    /// The scan of two erased sectors, where `newest` is known to have been. Anything found is newer, if its
    /// sequence number is not below.
    pub const fn behind(newest: Option<C>) -> Self {
        Scan {
            newest,
            active: 0,
            free: [0; 2],
            torn: 0,
        }
    }

    /// Takes in the bytes of one cell; cells of a sector in ascending order, sector 0 first.
    pub fn cell(&mut self, sector: usize, index: u32, bytes: &[u8; CELL_LEN]) {
        if is_erased(bytes) {
            return;
        }
        self.free[sector & 1] = index + 1;
        let Some(entry) = C::parse(bytes) else {
            self.torn += 1;
            return;
        };
        if self
            .newest
            .is_none_or(|newest| entry.sequence() >= newest.sequence())
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
        let mut bytes = [0; CELL_LEN];
        for (sector, start) in C::sectors(map).iter().enumerate() {
            for index in 0..CELL_COUNT {
                flash.read(start.plus(index * CELL_LEN as u32).get(), &mut bytes)?;
                C::take(self, sector, index, &bytes);
            }
        }
        Ok(())
    }

    /// The entry with the highest sequence number.
    pub const fn newest(&self) -> Option<C> {
        self.newest
    }

    /// Sector index of the newest entry; 0 without one. The other sector's entries are older.
    pub const fn active(&self) -> usize {
        self.active
    }

    /// Where the next entry goes: behind the newest one if its sector has room, else into the other sector. What
    /// is there is older, and goes: even a sector that looks blank is erased, since a cut erase can look like
    /// that.
    pub fn plan(&self, map: FlashMap) -> Plan {
        let sectors = C::sectors(map);
        let cell = self.free[self.active];
        let sequence = self.next_sequence();
        if cell < CELL_COUNT {
            let write = sectors[self.active].plus(cell * CELL_LEN as u32);
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
    pub fn next_sequence(&self) -> u32 {
        let newest = self.newest.map_or(0, |entry| entry.sequence());
        newest.wrapping_add(self.torn).wrapping_add(1)
    }
}

impl<C: Cell> Default for Scan<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads both sectors of `flash`, a source whose offset 0 is the first byte of the flash chip.
///
/// # Errors
/// [`ReadError`] from the source.
pub fn scan<C: Cell, S: Source>(flash: &mut S, map: FlashMap) -> Result<Scan<C>, ReadError> {
    let mut scan = Scan::new();
    scan.read(flash, map)?;
    Ok(scan)
}

/// The word that makes the 28 bytes before it count.
pub(crate) fn crc(bytes: &[u8; CELL_LEN]) -> u32 {
    let mut crc = Crc32::new();
    crc.update(&bytes[..COVERED]);
    crc.zlib()
}
