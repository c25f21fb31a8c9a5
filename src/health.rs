//! When a firmware on trial calls itself good.
//!
//! A new image boots on trial: unless it confirms itself, the loader goes back to the other slot after a few
//! starts. The criterion is what the next update needs: that a station can reach the web pages. So the
//! firmware confirms itself when
//!
//! - it has received a complete HTTP request, which takes radio, DHCP, TCP and the page; or
//! - it has run for [`QUIET_TIME`] with beacons going out, since nobody may be there to ask.
//!
//! A firmware that panics, faults or hangs before that is restarted (by itself or by the watchdog) and uses up
//! its starts; so does one that runs and is out of reach, which restarts itself after [`TRIAL_TIME`].

use crate::flash::Flash;
use d1_image::record::{Entry, Kind};
use smoltcp::time::{Duration, Instant};

use crate::identity::Identity;
use crate::update::{record, Failure};

/// How long beacons must go out if nobody asks for anything.
pub const QUIET_TIME: Duration = Duration::from_secs(10);

/// How long a firmware on trial may be out of reach before it restarts.
pub const TRIAL_TIME: Duration = Duration::from_secs(30);

/// The trial of the running firmware, if there is one.
#[derive(Debug)]
pub struct Health {
    trial: Option<Entry>,
    /// When the quiet time is over.
    due: Instant,
    /// When the trial is.
    end: Instant,
    /// Whether the criterion was met, though flash would not take the confirmation.
    is_well: bool,
    /// Whether nothing is to be decided.
    is_held: bool,
}

impl Health {
    /// `newest` is the boot record's newest entry at `now`, the start of the firmware.
    pub fn new(now: Instant, newest: Option<Entry>, identity: &Identity) -> Health {
        let is_trial = |entry: &Entry| {
            entry.slot == identity.slot
                && matches!(
                    entry.kind,
                    Kind::Select { trial: true } | Kind::Attempt { .. }
                )
        };
        Health {
            trial: newest.filter(is_trial),
            due: now + QUIET_TIME,
            end: now + TRIAL_TIME,
            is_well: false,
            is_held: false,
        }
    }

    /// Leaves the trial as it is until the next restart: neither a request nor time confirms, and nothing gives up.
    pub fn hold(&mut self) {
        self.is_held = true;
    }

    /// Whether [`Health::hold`] was called.
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// Whether the trial is over without success.
    pub fn has_failed(&self, now: Instant) -> bool {
        !self.is_held && self.trial.is_some() && !self.is_well && now >= self.end
    }

    /// Whether nothing has to be proven any more.
    pub fn is_trusted(&self) -> bool {
        self.trial.is_none()
    }

    /// Confirms the firmware if it is time to; hands out the new entry, or why it could not be written. Then
    /// another [`QUIET_TIME`] passes before the next attempt.
    pub fn poll<F: Flash>(
        &mut self,
        now: Instant,
        was_asked: bool,
        is_beaconing: bool,
        identity: &Identity,
        flash: &mut F,
    ) -> Option<Result<Entry, Failure>> {
        let trial = self.trial.filter(|_| !self.is_held)?;
        if !was_asked && (now < self.due || !is_beaconing) {
            return None;
        }
        self.is_well = true;
        let result = record::confirm(flash, identity, &trial);
        match result {
            Ok(_) => self.trial = None,
            Err(_) => self.due = now + QUIET_TIME,
        }
        Some(result)
    }

    /// When [`Health::poll`] has something to do even if nobody asks.
    pub fn deadline(&self) -> Option<Instant> {
        // Past both, each turn looks whether beacons go out.
        let trial = self.trial.filter(|_| !self.is_held);
        trial.map(|_| self.due.min(self.end))
    }
}
