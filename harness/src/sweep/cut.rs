//! One cut: the chip it leaves, and what has to hold for it.

use std::fmt;

use d1_image::{FlashMap, Slot};
use nor_model::{CutChip, CutPoint};

/// What has to hold after a cut.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// The slot of the last confirmed image: it has to be whole, always.
    pub kept: Slot,
    /// Whether the other slot may be the one that boots.
    pub may_switch: bool,
}

/// A chip as a cut left it.
#[derive(Clone, Debug)]
pub struct Cut {
    /// Chip and place of the cut.
    pub made: CutChip,
    /// What has to hold.
    pub expectation: Expectation,
}

impl Cut {
    /// Whether the operation programs or erases image bytes.
    pub fn is_in_slot(&self, map: FlashMap) -> bool {
        Slot::ALL.into_iter().any(|slot| {
            let region = map.slot(slot);
            (region.start.get()..region.end().get()).contains(&self.made.cells.start)
        })
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CutChip {
            operation,
            cells,
            at,
            ..
        } = &self.made;
        let at = match at {
            CutPoint::Before => "before",
            CutPoint::Inside => "inside of",
            CutPoint::After => "after",
        };
        write!(f, "cut {at} operation {operation} on {:#x}", cells.start)
    }
}
