//! What became of the last update: told by the update itself, and after a restart by history and boot record.

use core::fmt;

use d1_image::history;
use d1_image::record::{Entry, Kind, Reason};
use d1_image::Slot;

use super::history::{Cause, History};
use super::Failure;

/// The last update, as page, console and LED have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastUpdate {
    /// There was none since the board was flashed.
    Never,
    /// Failed since the last restart.
    Failed(Failure),
    /// Failed before the last restart, or was ended by it: what the history keeps of the cause.
    FailedBefore(history::Kind),
    /// The running firmware came by it and has not confirmed itself yet.
    OnTrial(Slot),
    /// The running firmware came by it and is confirmed.
    Installed(Slot),
    /// The image in `slot` would not do, and the loader went back to the other one.
    FellBack {
        /// The slot that was given up.
        slot: Slot,
        /// Why.
        reason: Reason,
    },
    /// The loader runs another slot than the record says: it could not write the record.
    Unrecorded(Slot),
}

impl LastUpdate {
    /// The newest that is known: `failure` since the start, a failure in the history, or else what `recorded` has.
    pub fn newest(failure: Option<Failure>, history: &History, recorded: LastUpdate) -> LastUpdate {
        match (failure, history.failure()) {
            (Some(failure), _) => LastUpdate::Failed(failure),
            (None, Some(kind)) => LastUpdate::FailedBefore(kind),
            (None, None) => recorded,
        }
    }

    /// What the record's newest entry means to a firmware that runs from `running`.
    pub fn from_record(newest: Option<&Entry>, running: Slot) -> LastUpdate {
        let Some(entry) = newest else {
            return LastUpdate::Never;
        };
        if entry.slot != running {
            return LastUpdate::Unrecorded(entry.slot);
        }
        match entry.kind {
            Kind::Select { trial: false } | Kind::Confirm => LastUpdate::Installed(entry.slot),
            Kind::Select { trial: true } | Kind::Attempt { .. } => LastUpdate::OnTrial(entry.slot),
            Kind::FallBack { reason } => LastUpdate::FellBack {
                slot: entry.slot.other(),
                reason,
            },
        }
    }

    /// One word for programs.
    pub const fn word(&self) -> &'static str {
        match self {
            LastUpdate::Never => "never",
            LastUpdate::Failed(_) | LastUpdate::FailedBefore(_) => "failed",
            LastUpdate::OnTrial(_) => "trial",
            LastUpdate::Installed(_) => "installed",
            LastUpdate::FellBack { .. } => "fell-back",
            LastUpdate::Unrecorded(_) => "unrecorded",
        }
    }
}

impl fmt::Display for LastUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LastUpdate::Never => f.write_str("none yet"),
            LastUpdate::Failed(failure) => write!(f, "failed: {failure}"),
            LastUpdate::FailedBefore(kind) => write!(f, "failed: {}", Cause(kind)),
            LastUpdate::OnTrial(slot) => write!(f, "installed into {}, on trial", slot.name()),
            LastUpdate::Installed(slot) => write!(f, "installed into {}, confirmed", slot.name()),
            LastUpdate::FellBack { slot, reason } => write!(
                f,
                "fell back to {}, because {} would not do: {reason}",
                slot.other().name(),
                slot.name()
            ),
            LastUpdate::Unrecorded(slot) => {
                write!(f, "{} was selected, but does not run", slot.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use d1_image::verify::Fault;

    fn entry(kind: Kind, slot: Slot) -> Entry {
        Entry {
            sequence: 7,
            kind,
            slot,
            from_build: 1,
            to_build: 2,
        }
    }

    #[test]
    fn the_newest_entry_tells_what_became_of_the_update() {
        let last = |kind, slot| LastUpdate::from_record(Some(&entry(kind, slot)), Slot::Two);
        assert_eq!(LastUpdate::from_record(None, Slot::One), LastUpdate::Never);
        let trial = LastUpdate::OnTrial(Slot::Two);
        assert_eq!(last(Kind::Select { trial: true }, Slot::Two), trial);
        assert_eq!(last(Kind::Attempt { number: 2 }, Slot::Two), trial);
        assert_eq!(
            last(Kind::Confirm, Slot::Two),
            LastUpdate::Installed(Slot::Two)
        );
        assert_eq!(
            last(Kind::Confirm, Slot::One),
            LastUpdate::Unrecorded(Slot::One)
        );
        let reason = Reason::Bad(Fault::BadCrc);
        let fell_back = last(Kind::FallBack { reason }, Slot::Two);
        assert_eq!(
            fell_back.to_string(),
            "fell back to user2, because user1 would not do: CRC"
        );
    }

    #[test]
    fn no_result_mentions_a_build_number() {
        // Whoever looks for `build N` on the page means the running one.
        for last in [
            LastUpdate::Never,
            LastUpdate::Failed(Failure::Busy),
            LastUpdate::OnTrial(Slot::One),
            LastUpdate::Installed(Slot::One),
        ] {
            assert!(!last.to_string().contains("build"));
        }
    }
}
