//! The boot record: which slot boots, and the history that led there.
//!
//! An append-only log of 32-byte entries in two sectors of its own ([`crate::FlashMap::record_sectors`]). Every
//! entry carries the whole state, so the newest valid one alone decides; older ones are history. Entries are
//! only ever written to erased cells; a full sector makes way by erasing the *other* one, so the newest entry
//! exists at every instant.

mod entry;
mod scan;

pub use entry::{Entry, Kind, Reason, ATTEMPTS_MAX};
pub use scan::{scan, Plan, Scan, CELL_COUNT};

/// The entry with the highest sequence number; of equals the later one.
pub fn newest(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().max_by_key(|entry| entry.sequence)
}
