//! The last updates and reverts: kept in flash, shown on the page.
//!
//! An update that has erased anything has begun in the log before, so a reset or a power cut in the middle of it
//! is found at the next start and told as what it was. What the boot loader did is taken over from the boot
//! record, once. Nothing here decides anything, so a log that cannot be written is no failure of an update.

use core::fmt;

use crate::flash::Flash;
use d1_image::history::{Event, Kind};
use d1_image::log::{self, CELL_COUNT, CELL_LEN};
use d1_image::record::{self, Entry};
use d1_image::source::Source;
use d1_image::verify::Fault;
use d1_image::Slot;
use heapless::{Deque, Vec};

use super::writer::FlashSource;
use super::{cause_name, journal, Failure, FlashStep, Phase};
use crate::identity::Identity;
use crate::reset::ResetCause;

/// How many events are shown.
const SHOWN: usize = 16;
/// How many are kept: a page that is on its way stays as it began while two updates end.
const KEPT: usize = SHOWN + 2;
/// The cause's number of an update that ended well.
pub const INSTALLED: u8 = 0;
/// The cause's number of an update that a reset ended. Its detail is the reset cause's number.
pub const INTERRUPTED: u8 = 1;

/// A moment in the history, to see it later as it was then.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// How many events were told by then.
    told: u32,
}

/// What happened, and what of it is not in flash yet.
#[derive(Debug)]
pub struct History {
    identity: Identity,
    /// Ends of updates, and reverts, oldest first.
    events: Deque<Event, KEPT>,
    /// How many there were since the start, those included that are no longer kept.
    told: u32,
    /// An update that gives way to another one ends in the same turn in which that one may end too.
    unsaved: Vec<Event, 4>,
}

impl History {
    /// No history.
    pub const fn new(identity: Identity) -> History {
        History {
            identity,
            events: Deque::new(),
            told: 0,
            unsaved: Vec::new(),
        }
    }

    /// Reads the log, and adds what happened since: an update that a reset ended, a revert by the loader.
    ///
    /// `newest` is the boot record's newest entry. A log that cannot be read is an empty one.
    #[inline(never)] // would leave its room on the stack to the main loop
    pub fn load<F: Flash>(
        flash: &mut F,
        identity: Identity,
        newest: Option<&Entry>,
        reset: ResetCause,
    ) -> History {
        let mut history = History::new(identity);
        let mut seen = Seen::default();
        history.read(flash, &mut seen);
        if let Some(began) = seen.began {
            history.note(end_of(began, newest, reset));
        }
        let revert = newest.and_then(|entry| revert(entry, reset));
        if let Some(revert) = revert.filter(|_| seen.revert != newest.map(|entry| entry.sequence)) {
            history.note(revert);
        }
        history.save(flash);
        history
    }

    /// This moment.
    pub fn now(&self) -> Moment {
        Moment { told: self.told }
    }

    /// What had happened by then, newest first.
    pub fn until(&self, moment: Moment) -> impl Iterator<Item = &Event> {
        let newer = self.told.wrapping_sub(moment.told) as usize;
        self.events.iter().rev().skip(newer).take(SHOWN)
    }

    /// The newest event, if it is an update that failed. One into the slot that runs is not the newest: a good one
    /// came behind it, and flash did not take that.
    pub fn failure(&self) -> Option<Kind> {
        let newest = self.events.back()?;
        let has_failed = matches!(newest.kind, Kind::Ended { cause, .. } if cause != INSTALLED);
        (has_failed && newest.slot != self.identity.slot).then_some(newest.kind)
    }

    /// How many bytes of a slot are as firmly in their cells as they read.
    ///
    /// A reset in the middle of an update may leave cells between 0 and 1, which read as they should one time and
    /// not the next: what is behind one counts only as far as a later update has got.
    pub fn settled(&self, slot: Slot) -> u32 {
        let oldest = match self.events.is_full() {
            true => 0,
            false => self.identity.map.slot(slot).len,
        };
        self.events
            .iter()
            .filter(|event| event.slot == slot)
            .fold(oldest, |settled, event| match event.kind {
                Kind::Ended {
                    cause: INTERRUPTED, ..
                } => 0,
                Kind::Ended { .. } => settled.max(event.bytes),
                Kind::Began { .. } | Kind::Reverted { .. } => settled,
            })
    }

    /// Whether [`History::save`] has something to do.
    pub fn has_unsaved(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// Takes note of an event; [`History::save`] writes it.
    pub fn note(&mut self, event: Event) {
        self.show(event);
        // Full only when flash takes none, and then this one goes too.
        let _ = self.unsaved.push(event);
    }

    /// Writes what is not in flash yet, or drops it if flash will not have it.
    pub fn save<F: Flash>(&mut self, flash: &mut F) {
        for event in core::mem::take(&mut self.unsaved) {
            append(flash, &self.identity, event);
        }
    }

    /// Writes that an update of the other slot begins; before anything is erased.
    pub fn begin<F: Flash>(&mut self, flash: &mut F, identity: &Identity, to_build: u32) {
        self.save(flash);
        let newest = super::record::newest(flash, identity.map);
        let event = Event {
            sequence: 0,
            kind: Kind::Began {
                record: newest.map_or(0, |entry| entry.sequence),
            },
            slot: identity.slot.other(),
            from_build: identity.build,
            to_build,
            bytes: 0,
        };
        append(flash, identity, event);
    }

    fn show(&mut self, event: Event) {
        if self.events.is_full() {
            self.events.pop_front();
        }
        // There is room now.
        let _ = self.events.push_back(event);
        self.told = self.told.wrapping_add(1);
    }

    #[inline(never)]
    fn read<F: Flash>(&mut self, flash: &mut F, seen: &mut Seen) {
        let map = self.identity.map;
        let mut source = FlashSource::new(flash, 0);
        let Ok(scan) = log::scan::<Event, _>(&mut source, map) else {
            return;
        };
        let sectors = map.history_sectors();
        // The older sector first.
        for sector in [scan.active() ^ 1, scan.active()] {
            for index in 0..CELL_COUNT {
                let mut bytes = [0; CELL_LEN];
                let at = sectors[sector].plus(index * CELL_LEN as u32);
                if source.read(at.get(), &mut bytes).is_err() {
                    return;
                }
                let Some(event) = Event::parse(&bytes) else {
                    continue;
                };
                match event.kind {
                    Kind::Began { .. } => seen.began = Some(event),
                    Kind::Ended { .. } => {
                        seen.began = None;
                        self.show(event);
                    }
                    Kind::Reverted { record, .. } => {
                        seen.revert = Some(record);
                        self.show(event);
                    }
                }
            }
        }
    }
}

/// What the log leaves to be added.
#[derive(Default)]
struct Seen {
    /// An update without an end.
    began: Option<Event>,
    /// Sequence number of the boot record's entry that was taken over last.
    revert: Option<u32>,
}

/// How an update ended that never said so. If the record has come to select its slot since it began, it was
/// installed, and only the note of that is missing.
fn end_of(began: Event, newest: Option<&Entry>, reset: ResetCause) -> Event {
    let Kind::Began { record } = began.kind else {
        return began;
    };
    let is_selected = newest.is_some_and(|entry| {
        let is_of_update =
            entry.slot == began.slot || matches!(entry.kind, record::Kind::FallBack { .. });
        entry.sequence != record && is_of_update
    });
    let (stage, cause, detail) = match is_selected {
        true => (Phase::Switching, INSTALLED, 0),
        false => (Phase::Receiving, INTERRUPTED, u32::from(reset.number())),
    };
    Event {
        kind: Kind::Ended {
            stage: stage as u8,
            cause,
            detail,
        },
        ..began
    }
}

/// The event of a fall-back.
fn revert(entry: &Entry, reset: ResetCause) -> Option<Event> {
    let record::Kind::FallBack { reason } = entry.kind else {
        return None;
    };
    Some(Event {
        sequence: 0,
        kind: Kind::Reverted {
            reason,
            reset: reset.number(),
            record: entry.sequence,
        },
        slot: entry.slot,
        from_build: entry.from_build,
        to_build: entry.to_build,
        bytes: 0,
    })
}

/// A history without its newest event is still one.
#[inline(never)] // its buffers would be on the stack below the signature's verification
fn append<F: Flash>(flash: &mut F, identity: &Identity, event: Event) {
    let make = |sequence| {
        let event = Event { sequence, ..event };
        (event, event.emit())
    };
    let _ = journal::append(flash, identity.map, make);
}

/// An event in words. Build numbers stand alone: `build N` on the page is the running one.
pub struct Told<'a>(pub &'a Event);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event {
            slot,
            from_build,
            to_build,
            bytes,
            ..
        } = *self.0;
        let name = slot.name();
        match self.0.kind {
            Kind::Began { .. } => write!(f, "{name}: begun"),
            Kind::Ended {
                cause: INSTALLED, ..
            } => write!(f, "{name}: {from_build} to {to_build}, installed"),
            Kind::Ended { stage, .. } => {
                write!(f, "{name}: failed while {}", stage_word(stage))?;
                if bytes != 0 {
                    write!(f, " ({bytes} bytes)")?;
                }
                write!(f, ": {}", Cause(&self.0.kind))
            }
            Kind::Reverted { reset, .. } => write!(
                f,
                "back to {name}: {from_build} to {to_build}, because {} would not do: {}; reset before: {}",
                slot.other().name(),
                Cause(&self.0.kind),
                ResetCause::new(reset)
            ),
        }
    }
}

/// The cause in words.
pub struct Cause<'a>(pub &'a Kind);

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cause, detail) = match *self.0 {
            Kind::Began { .. } => return Ok(()),
            Kind::Reverted { reason, .. } => return write!(f, "{reason}"),
            Kind::Ended { cause, detail, .. } => (cause, detail),
        };
        f.write_str(cause_name(cause))?;
        let flash = [
            FlashStep::Erase,
            FlashStep::Program,
            FlashStep::Read,
            FlashStep::Keep,
        ]
        .map(|step| Failure::Flash { step, offset: 0 }.code());
        let fault = || u8::try_from(detail).ok().and_then(Fault::from_code);
        match cause {
            INTERRUPTED => write!(f, " by a reset: {}", ResetCause::new(detail as u8)),
            _ if flash.contains(&cause) => write!(f, " at {detail:#x}"),
            _ if cause == Failure::Status(0).code() => write!(f, " ({detail})"),
            _ if cause == Failure::Bad(Fault::BadCrc).code() => match fault() {
                Some(fault) => write!(f, ": {fault}"),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// An event for programs: one JSON object.
pub struct Object<'a>(pub &'a Event);

impl fmt::Display for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (event, stage, reset) = match self.0.kind {
            Kind::Began { .. } => ("update", "idle", ""),
            Kind::Ended {
                stage,
                cause: INTERRUPTED,
                detail,
            } => (
                "update",
                stage_word(stage),
                ResetCause::new(detail as u8).name(),
            ),
            Kind::Ended { stage, .. } => ("update", stage_word(stage), ""),
            Kind::Reverted { reset, .. } => ("revert", "trial", ResetCause::new(reset).name()),
        };
        let (slot, from, to) = (self.0.slot.name(), self.0.from_build, self.0.to_build);
        write!(
            f,
            "{{\"event\":\"{event}\",\"slot\":\"{slot}\",\"from\":{from},\"to\":{to},"
        )?;
        // None of our own words needs to be escaped.
        write!(
            f,
            "\"stage\":\"{stage}\",\"cause\":\"{}\",\"bytes\":{},\"reset\":\"{reset}\"}}",
            Cause(&self.0.kind),
            self.0.bytes
        )
    }
}

fn stage_word(stage: u8) -> &'static str {
    Phase::ALL
        .get(usize::from(stage))
        .map_or("unknown", |phase| phase.word())
}
