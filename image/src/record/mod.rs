//! The boot record: which slot boots, and the history that led there.
//!
//! A [`crate::log`] in two sectors of its own ([`crate::FlashMap::record_sectors`]). Every entry carries the
//! whole state, so the newest valid one alone decides; older ones are history.

mod entry;
mod scan;

pub use crate::log::{Plan, CELL_COUNT};
pub use entry::{Entry, Kind, Reason, ATTEMPTS_MAX};
pub use scan::{scan, Scan};

/// The entry with the highest sequence number; of equals the later one.
pub fn newest(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().max_by_key(|entry| entry.sequence)
}
