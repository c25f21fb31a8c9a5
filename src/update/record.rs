//! The firmware's entries in the boot record.

use d1_image::record::{scan, Entry, Kind};
use d1_image::{FlashMap, Slot};
use embedded_storage::nor_flash::NorFlash;

use super::writer::FlashSource;
use super::Failure;
use crate::identity::Identity;

/// The newest entry; `None` if there is none or flash cannot be read.
pub fn newest<F: NorFlash>(flash: &mut F, map: FlashMap) -> Option<Entry> {
    scan(&mut FlashSource::new(flash, 0), map).ok()?.newest()
}

/// Selects the verified image of `to_build` in the other slot, on trial, for the next boot.
///
/// # Errors
/// [`Failure::Record`]; the loader then boots what it would have booted before.
pub fn select<F: NorFlash>(
    flash: &mut F,
    identity: &Identity,
    to_build: u32,
) -> Result<Entry, Failure> {
    let kind = Kind::Select { trial: true };
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
pub fn confirm<F: NorFlash>(
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

fn append<F: NorFlash>(
    flash: &mut F,
    map: FlashMap,
    kind: Kind,
    slot: Slot,
    from_build: u32,
    to_build: u32,
) -> Result<Entry, Failure> {
    let scan = scan(&mut FlashSource::new(flash, 0), map).map_err(|_| Failure::Record)?;
    let plan = scan.plan(map);
    let entry = scan.entry(kind, slot, from_build, to_build);
    if let Some(sector) = plan.erase {
        let start = sector.get();
        flash
            .erase(start, start + d1_image::layout::SECTOR_LEN)
            .map_err(|_| Failure::Record)?;
    }
    flash
        .write(plan.write.get(), &entry.emit())
        .map_err(|_| Failure::Record)?;
    // The loader decides by what it reads, so what it will read is what counts.
    match newest(flash, map) {
        Some(newest) if newest == entry => Ok(entry),
        _ => Err(Failure::Record),
    }
}
