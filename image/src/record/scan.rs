//! Reading the record, and where the next entry goes.

use super::entry::{Entry, Kind};
use crate::layout::FlashMap;
use crate::log;
use crate::slot::Slot;
use crate::source::{ReadError, Source};

/// What both sectors of the record hold, boiled down.
pub type Scan = log::Scan<Entry>;

impl Scan {
    /// The entry that [`log::Scan::plan`] makes room for.
    pub fn entry(&self, kind: Kind, slot: Slot, from_build: u32, to_build: u32) -> Entry {
        Entry {
            sequence: self.next_sequence(),
            kind,
            slot,
            from_build,
            to_build,
        }
    }
}

/// Reads both sectors of `flash`, a source whose offset 0 is the first byte of the flash chip.
///
/// # Errors
/// [`ReadError`] from the source.
pub fn scan<S: Source>(flash: &mut S, map: FlashMap) -> Result<Scan, ReadError> {
    log::scan(flash, map)
}
