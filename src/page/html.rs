//! The page for people: `index.html` with its blanks filled in.
//!
//! It is complete as it is. `page.css` makes it pleasant and `page.js` keeps it alive, for whoever takes the
//! compressed head that has them.

use core::fmt::{self, Write};

use d1_image::intake::Refusal;
use d1_image::Slot;

use super::asset::{Blank, Section, INDEX};
use super::Snapshot;
use crate::http::{Host, Html};
use crate::identity::{caveat, openness, TRUSTED_KEY};
use crate::network::{ADDRESS, PAGE_PORT, TRIGGER_PORT};
use crate::token::Token;
use crate::update::history::Told;
use crate::update::{Failure, History, LastUpdate, Phase};

/// How far the trigger's port is from the page's.
const TRIGGER_SHIFT: i16 = (TRIGGER_PORT - PAGE_PORT) as i16;

/// Who asks for it, and how.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The name by which the device was reached.
    pub host: Host,
    /// It is for a window that the system opened by itself, and closes when it likes: no place to begin an update.
    pub is_portal: bool,
    /// The page may be compressed, and so have style and script.
    pub takes_gzip: bool,
}

/// Writes the page: all of it, or what is behind the compressed head.
pub fn write(
    visit: &Visit,
    snapshot: &Snapshot,
    history: &History,
    out: &mut dyn Write,
) -> fmt::Result {
    INDEX.write(
        out,
        |section| is_shown(visit, snapshot, history, section),
        |blank, out| fill(snapshot, history, &visit.host, blank, out),
    )
}

fn is_shown(visit: &Visit, snapshot: &Snapshot, history: &History, section: Section) -> bool {
    let is_busy = snapshot.phase != Phase::Idle;
    let is_idle = !is_busy && !visit.is_portal;
    match section {
        Section::Plain => !visit.takes_gzip,
        Section::Recovery => snapshot.is_recovery,
        Section::Portal => visit.is_portal,
        Section::Busy => is_busy,
        Section::Idle => is_idle,
        Section::Older => {
            is_idle
                && matches!(
                    snapshot.last,
                    LastUpdate::Failed(Failure::NotForUs(Refusal::Older { .. }))
                )
        }
        Section::History => history.until(snapshot.moment).next().is_some(),
    }
}

fn fill(
    snapshot: &Snapshot,
    history: &History,
    host: &Host,
    blank: Blank,
    out: &mut dyn Write,
) -> fmt::Result {
    let Snapshot { identity, .. } = snapshot;
    let offset = |slot| identity.map.slot(slot).start.get();
    // Slots that do not run are spelled without the `@` that whoever looks for the running one looks for.
    let running = |slot| match identity.slot == slot {
        true => " class=on",
        false => "",
    };
    match blank {
        Blank::Ssid => write!(out, "{}", Html(snapshot.ssid)),
        Blank::Boot => write!(out, "{:08x}", snapshot.boot),
        Blank::Build => write!(out, "{}", identity.build),
        Blank::Place => write!(out, "{}", identity.place()),
        Blank::Other => out.write_str(identity.slot.other().name()),
        Blank::RunningOne => out.write_str(running(Slot::One)),
        Blank::RunningTwo => out.write_str(running(Slot::Two)),
        Blank::OffsetOne => write!(out, "{:#x}", offset(Slot::One)),
        Blank::OffsetTwo => write!(out, "{:#x}", offset(Slot::Two)),
        Blank::Map => out.write_str(identity.map.name()),
        Blank::Chip => write!(out, "{}", identity.chip_len),
        Blank::Key => write!(out, "{}{}", TRUSTED_KEY.name(), caveat()),
        Blank::Last => write!(out, "{}", Html(snapshot.last)),
        Blank::Phase => out.write_str(snapshot.phase.word()),
        Blank::Written => write!(out, "{}", snapshot.written),
        Blank::Total => write!(out, "{}", snapshot.total),
        Blank::Max => write!(out, "{}", snapshot.total.max(1)),
        Blank::Trigger => write!(out, "{}", host.url(PAGE_PORT, TRIGGER_SHIFT)),
        Blank::Token => write!(out, "{}={}", Token::PARAMETER, snapshot.token),
        Blank::Address => write!(out, "{ADDRESS}"),
        Blank::Openness => out.write_str(openness()),
        Blank::Stations => write!(out, "{}", snapshot.stations),
        Blank::Uptime => write!(out, "{}", snapshot.uptime),
        Blank::Free => write!(out, "{}", snapshot.free),
        Blank::Reset => write!(out, "{}", snapshot.reset),
        Blank::History => {
            for event in history.until(snapshot.moment) {
                writeln!(out, "<li>{}", Html(Told(event)))?;
            }
            Ok(())
        }
    }
}
