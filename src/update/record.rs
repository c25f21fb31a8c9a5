//! The firmware's entries in the boot record.

use crate::flash::Flash;
use d1_image::record::{scan, Entry, Kind};
use d1_image::{FlashMap, Slot};

use super::writer::FlashSource;
use super::{journal, Failure};
use crate::identity::Identity;

/// The newest entry; `None` if there is none or flash cannot be read.
pub fn newest<F: Flash>(flash: &mut F, map: FlashMap) -> Option<Entry> {
    scan(&mut FlashSource::new(flash, 0), map).ok()?.newest()
}

/// Selects the verified image of `to_build` in the other slot for the next boot.
///
/// On trial, unless it is an image of other people's: without our manifest (its build number is 0) it would not
/// know how to confirm itself, and be given up however well it works.
///
/// # Errors
/// [`Failure::Record`]; the loader then boots what it would have booted before.
pub fn select<F: Flash>(
    flash: &mut F,
    identity: &Identity,
    to_build: u32,
) -> Result<Entry, Failure> {
    let kind = Kind::Select {
        trial: to_build != 0,
    };
    append(
        flash,
        identity.map,
        kind,
        identity.slot.other(),
        identity.build,
        to_build,
    )
}

/// Confirms the running firmware, which ends its trial.
///
/// # Errors
/// [`Failure::Record`]; the trial then goes on.
pub fn confirm<F: Flash>(
    flash: &mut F,
    identity: &Identity,
    trial: &Entry,
) -> Result<Entry, Failure> {
    append(
        flash,
        identity.map,
        Kind::Confirm,
        identity.slot,
        trial.from_build,
        identity.build,
    )
}

fn append<F: Flash>(
    flash: &mut F,
    map: FlashMap,
    kind: Kind,
    slot: Slot,
    from_build: u32,
    to_build: u32,
) -> Result<Entry, Failure> {
    let make = |sequence| {
        let entry = Entry {
            sequence,
            kind,
            slot,
            from_build,
            to_build,
        };
        (entry, entry.emit())
    };
    journal::append(flash, map, make).map_err(|_| Failure::Record)
}
