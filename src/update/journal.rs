//! Appending to the two logs in flash: the boot record and the history.

use crate::flash::Flash;
use d1_image::layout::SECTOR_LEN;
use d1_image::log::{self, Cell, CELL_LEN};
use d1_image::FlashMap;

use super::writer::FlashSource;

/// How many cells may turn out bad before it is given up.
const ATTEMPTS: usize = 3;

/// Flash would not take the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotWritten;

/// Appends the entry that `make` makes of its sequence number, and reads it back. A cell that does not hold what
/// was written to it counts as torn, and the next one is tried.
///
/// # Errors
/// [`NotWritten`]; whoever reads the log then finds what was the newest entry before.
pub fn append<C, F>(
    flash: &mut F,
    map: FlashMap,
    make: impl Fn(u32) -> (C, [u8; CELL_LEN]),
) -> Result<C, NotWritten>
where
    C: Cell + PartialEq,
    F: Flash,
{
    for _ in 0..ATTEMPTS {
        let scan = log::scan::<C, _>(&mut FlashSource::new(flash, 0), map);
        let plan = scan.map_err(|_| NotWritten)?.plan(map);
        let (entry, bytes) = make(plan.sequence);
        if let Some(sector) = plan.erase {
            let start = sector.get();
            if flash.erase(start, start + SECTOR_LEN).is_err() {
                continue;
            }
        }
        // Whatever flash says of it: what is read is what counts.
        let _ = flash.write(plan.write.get(), &bytes);
        let scan = log::scan::<C, _>(&mut FlashSource::new(flash, 0), map);
        if scan.map_err(|_| NotWritten)?.newest() == Some(entry) {
            return Ok(entry);
        }
    }
    Err(NotWritten)
}
