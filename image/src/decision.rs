//! Which slot boots: a pure function of the record and the images.
//!
//! Verifying an image takes a while, so the loader looks at an image only when [`decide`] asks for it: it calls
//! `decide` with what it knows until the answer is final. At most two images are asked for.

use crate::record::{Entry, Kind, Reason, ATTEMPTS_MAX};
use crate::slot::Slot;
use crate::verify::Fault;

/// What the loader knows about the image in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageStatus {
    /// Not looked at yet.
    Unknown,
    /// Verified.
    Good {
        /// Build number; 0 if the image does not tell.
        build: u32,
    },
    /// Must not be started.
    Bad(Fault),
}

/// Why a slot is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The record is empty and slot 1 is good: the state after flashing a board.
    Default,
    /// The record says so.
    Selected,
    /// The record says so, on trial: the firmware is asked to confirm itself.
    Trial,
    /// The other slot would not do. Stays the reason until the next selection.
    FellBack(Reason),
}

impl Why {
    const FELL_BACK: u8 = 0x80;

    /// The code in the handoff.
    pub const fn code(self) -> u8 {
        match self {
            Why::Default => 1,
            Why::Selected => 2,
            Why::Trial => 3,
            Why::FellBack(reason) => Self::FELL_BACK | reason.code(),
        }
    }

    /// The reason of that code.
    pub fn from_code(code: u8) -> Option<Why> {
        match code {
            1 => Some(Why::Default),
            2 => Some(Why::Selected),
            3 => Some(Why::Trial),
            code if code & Self::FELL_BACK != 0 => {
                Reason::from_code(code & !Self::FELL_BACK).map(Why::FellBack)
            }
            _ => None,
        }
    }
}

/// What the loader appends to the record before it jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Append {
    /// What the entry says; its slot is the one that is started.
    pub kind: Kind,
    /// Build number that was chosen before.
    pub from_build: u32,
    /// Build number that is started.
    pub to_build: u32,
}

/// What the loader does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Verify the image in this slot and ask again.
    Verify(Slot),
    /// Start the (good) image in this slot.
    Boot {
        /// The slot.
        slot: Slot,
        /// Why this one.
        why: Why,
        /// What to put on record first.
        append: Option<Append>,
    },
    /// Neither image is good.
    Nothing,
}

/// Decides from the newest record entry and what is known of slot 1 and slot 2.
pub fn decide(newest: Option<&Entry>, images: [ImageStatus; 2]) -> Decision {
    let wanted = Wanted::by(newest);
    let slot = wanted.slot;
    let chosen = images[slot.index()];
    let reason = match chosen {
        ImageStatus::Unknown => return Decision::Verify(slot),
        ImageStatus::Bad(fault) => Reason::Bad(fault),
        ImageStatus::Good { .. } if wanted.attempt > ATTEMPTS_MAX => Reason::NotConfirmed,
        ImageStatus::Good { build } => {
            let append = (wanted.attempt != 0).then_some(Append {
                kind: Kind::Attempt {
                    number: wanted.attempt,
                },
                from_build: wanted.from_build,
                to_build: build,
            });
            return Decision::Boot {
                slot,
                why: wanted.why,
                append,
            };
        }
    };
    match images[slot.other().index()] {
        ImageStatus::Unknown => Decision::Verify(slot.other()),
        ImageStatus::Good { build } => Decision::Boot {
            slot: slot.other(),
            why: Why::FellBack(reason),
            append: Some(Append {
                kind: Kind::FallBack { reason },
                from_build: wanted.build,
                to_build: build,
            }),
        },
        // An image that never confirmed itself is still better than none.
        ImageStatus::Bad(_) if reason == Reason::NotConfirmed => Decision::Boot {
            slot,
            why: wanted.why,
            append: None,
        },
        ImageStatus::Bad(_) => Decision::Nothing,
    }
}

/// What the record asks for.
struct Wanted {
    slot: Slot,
    why: Why,
    /// Number of the trial boot this would be; 0 without a trial.
    attempt: u8,
    /// Build number the record expects in the slot, and the one before it.
    build: u32,
    from_build: u32,
}

impl Wanted {
    fn by(newest: Option<&Entry>) -> Wanted {
        let Some(entry) = newest else {
            return Wanted {
                slot: Slot::One,
                why: Why::Default,
                attempt: 0,
                build: 0,
                from_build: 0,
            };
        };
        let (why, attempt) = match entry.kind {
            Kind::Select { trial: false } | Kind::Confirm => (Why::Selected, 0),
            Kind::Select { trial: true } => (Why::Trial, 1),
            Kind::Attempt { number } => (Why::Trial, number.saturating_add(1)),
            Kind::FallBack { reason } => (Why::FellBack(reason), 0),
        };
        Wanted {
            slot: entry.slot,
            why,
            attempt,
            build: entry.to_build,
            from_build: entry.from_build,
        }
    }
}
