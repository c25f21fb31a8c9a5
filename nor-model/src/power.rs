//! Power cuts: when they strike and what they leave in the cells.

use crate::array::{Array, Before};
use crate::seed::Seed;

/// Where in an operation the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutPoint {
    /// The chip never sees the operation.
    Before,
    /// Half way: a torn page, or a half-erased unit, with weak bits.
    Inside,
    /// The operation is complete; nothing after it happens.
    After,
}

/// What a running operation does to its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Program,
    Erase,
}

/// A cut that waits for its operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    /// The operation number (as [`crate::Nor::operations`] counts) it strikes at.
    pub(crate) operation: u64,
    pub(crate) at: CutPoint,
}

/// One bit in eight that had not settled yet is left weak.
const WEAK_SHARE: u8 = 32;
/// An erase first programs its cells to zero so that they wear evenly: about this part of the time.
const PREPROGRAM_SHARE: u8 = 64;

/// Stops an operation after `progress` / 256 of its time.
pub(crate) fn tear(
    array: &mut Array,
    kind: Kind,
    before: &[Before],
    progress: u8,
    seed: &mut Seed,
) {
    for sector in before {
        array.tear(sector, |was, is| {
            let settled = seed.mask(match kind {
                Kind::Erase if progress < PREPROGRAM_SHARE => progress * 4,
                _ => progress,
            });
            let weak = seed.mask(WEAK_SHARE) & !settled;
            match kind {
                Kind::Program => {
                    let driven = was & !is;
                    (was & !(driven & settled), driven & weak)
                }
                Kind::Erase if progress < PREPROGRAM_SHARE => (was & !settled, was & weak),
                Kind::Erase => (was | settled, !was & weak),
            }
        });
    }
}
