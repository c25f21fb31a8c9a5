//! The update, told line by line: the same lines for the console and for whoever watches on port 88.
//!
//! A reporter looks at the update and says what is new since it last looked. A listener that is slow misses
//! progress, never the outcome.

use core::fmt;

use super::{Failure, Phase, Source, Update, SERVER_PORT};

/// Progress is told in steps of this many percent.
const STEP_PERCENT: u32 = 5;

/// Remembers how much of an update was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reporter {
    attempt: u32,
    phase: Phase,
    percent: u32,
}

/// One line of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Who brings which file.
    Asking(Source, &'static str),
    /// The server has it.
    Accepted(u32),
    /// Bytes in flash, of all bytes.
    Progress(u32, u32),
    /// Reading back.
    Verifying,
    /// Selected; the restart follows. Slot name and build number.
    Done(&'static str, u32),
    /// Over. The name of the slot that goes on running.
    Failed(Failure, &'static str),
}

impl Line {
    /// Whether nothing follows this line.
    pub const fn is_last(&self) -> bool {
        matches!(self, Line::Done(..) | Line::Failed(..))
    }
}

impl Reporter {
    /// A reporter that begins with the first update.
    pub const fn new() -> Reporter {
        Reporter {
            attempt: 0,
            phase: Phase::Idle,
            percent: 0,
        }
    }

    /// A reporter that begins with the update that has just begun.
    pub fn following(update: &Update) -> Reporter {
        Reporter {
            attempt: update.attempt() - 1,
            ..Reporter::new()
        }
    }

    /// What is new, if anything is. Call until there is nothing.
    pub fn next(&mut self, update: &Update) -> Option<Line> {
        let other = update.identity().slot.other().name();
        if self.attempt != update.attempt() {
            if self.phase != Phase::Idle {
                // The one that was told of has ended since we last looked.
                self.phase = Phase::Idle;
                return Some(Line::Failed(
                    Failure::TakenOver,
                    update.identity().slot.name(),
                ));
            }
            self.attempt = update.attempt();
            self.phase = Phase::Connecting;
            self.percent = 0;
            return Some(Line::Asking(update.source(), other));
        }
        let (told, phase) = (self.phase, update.phase());
        self.phase = phase;
        match phase {
            Phase::Idle if told != Phase::Idle => {
                let running = update.identity().slot.name();
                update
                    .failure()
                    .map(|failure| Line::Failed(failure, running))
            }
            Phase::Receiving | Phase::Ending if told < Phase::Receiving => {
                self.phase = Phase::Receiving;
                Some(Line::Accepted(update.total()))
            }
            Phase::Receiving | Phase::Ending => self.progress(update),
            Phase::Verifying | Phase::Switching if told < Phase::Verifying => {
                let last = self.progress(update);
                if last.is_some() {
                    self.phase = told;
                }
                last.or(Some(Line::Verifying))
            }
            Phase::Restarting if told != Phase::Restarting => {
                Some(Line::Done(other, update.new_build()))
            }
            _ => None,
        }
    }

    fn progress(&mut self, update: &Update) -> Option<Line> {
        let percent = percent(update.written(), update.total());
        if percent / STEP_PERCENT == self.percent / STEP_PERCENT {
            return None;
        }
        self.percent = percent;
        Some(Line::Progress(update.written(), update.total()))
    }
}

impl Default for Reporter {
    fn default() -> Self {
        Self::new()
    }
}

/// Whole percents of `total`, which is no more than some megabytes.
pub fn percent(part: u32, total: u32) -> u32 {
    (part * 100).checked_div(total).unwrap_or(0)
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Asking(Source::Server(server), file) => {
                write!(f, "update: asking {server}:{SERVER_PORT} for /{file}.bin")
            }
            Line::Asking(Source::Upload(sender), file) => {
                write!(f, "update: {sender} uploads {file}.bin")
            }
            Line::Accepted(total) => write!(f, "update: receiving {total} bytes"),
            Line::Progress(written, total) => {
                let percent = percent(*written, *total);
                write!(
                    f,
                    "update: {written} of {total} bytes in flash ({percent} %)"
                )
            }
            Line::Verifying => f.write_str("update: reading back and verifying"),
            Line::Done(slot, build) => {
                write!(
                    f,
                    "update: {slot} is good (build {build}), restarting into it"
                )
            }
            Line::Failed(failure, running) => {
                write!(f, "update failed: {failure}; {running} keeps running")
            }
        }
    }
}
