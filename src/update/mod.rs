//! Fetching, writing, verifying and selecting a new image: the update as a state machine.
//!
//! Nothing in this file knows a socket or a clock. [`fetch`] turns what happens on the network into calls of
//! [`Update`], each of which takes the time as an argument and returns after at most one slice of an erase, one
//! page program, or one piece of the verification ([`check`]). The way of an update is
//!
//! `Idle → Connecting → Requesting → Answer → Receiving → Ending → Verifying → Switching → Restarting`
//!
//! and every failure leads straight back to `Idle`, with its cause. Until `Switching` has written the boot
//! record, nothing that the running firmware needs has been touched, so a failure, a reset or a power cut at
//! any instant leaves it in charge.

pub mod check;
pub mod fetch;
pub mod history;
pub mod journal;
pub mod last;
pub mod record;
pub mod reply;
pub mod report;
pub mod sector;
pub mod writer;

mod failure;
mod phase;

use d1_image::header::Outer;
use d1_image::history::{Event, Kind};
use d1_image::intake::{self, Demands};
use d1_image::manifest;
use reply::{Tag, Wanted};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::Ipv4Address;

use crate::flash::Flash;
use crate::identity::{Identity, BOARD, PROJECT, TRUSTED_KEY};
use check::Check;
pub use failure::{cause_name, Failure, FlashStep};
pub use history::History;
pub use last::LastUpdate;
pub use phase::{Phase, Source};
use sector::Sector;
use writer::{FlashSource, SlotWriter};

/// The port the image server listens on, at whoever asked for the update.
pub const SERVER_PORT: u16 = 8888;
/// How long an update lives without a byte of progress. TCP's own retries are shorter.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long an update makes no progress before another one may take its place.
pub const TAKEOVER_AFTER: Duration = Duration::from_secs(3);
/// How long to wait behind the last byte for the server to close, or to send what it should not.
const ENDING_WAIT: Duration = Duration::from_secs(1);
/// How long to wait before a connection is made again that broke off.
const RECONNECT_AFTER: Duration = Duration::from_millis(500);
/// How often that is tried.
const RECONNECTS: u8 = 20;
/// How long the restart waits for the outcome to reach the requester.
const FAREWELL: Duration = Duration::from_secs(2);

/// The one update of this device.
#[derive(Debug)]
pub struct Update {
    identity: Identity,
    phase: Phase,
    /// Counts the updates begun since the start.
    attempt: u32,
    /// Counts the connections wanted since the start.
    connection: u32,
    /// When the connection is to be made.
    connect_at: Instant,
    /// How often it may still be made again.
    reconnects: u8,
    /// The server's name for the image's bytes; empty without one.
    tag: Tag,
    source: Source,
    writer: SlotWriter,
    /// Bytes announced.
    total: u32,
    /// Whether an older release will do.
    is_forced: bool,
    /// The image's first header, once it was found to be one for us.
    outer: Option<Outer>,
    /// Whether the history knows of it.
    has_begun: bool,
    /// Whether the manifest was looked at, if it came with the first bytes.
    is_judged: bool,
    /// The verification, while it is under way.
    check: Option<Check>,
    /// How many bytes of the head were there when we last looked.
    head_seen: usize,
    /// When this phase began or its last byte came.
    progress_at: Instant,
    /// Build number of the new image, by its own word until it is verified.
    new_build: u32,
    failure: Option<Failure>,
    history: History,
}

impl Update {
    /// No update yet since this start; `history` has those before it.
    ///
    /// `sector` is memory for the sector that is being written.
    pub const fn new(identity: Identity, history: History, sector: &'static Sector) -> Update {
        Update {
            identity,
            phase: Phase::Idle,
            attempt: 0,
            connection: 0,
            connect_at: Instant::ZERO,
            reconnects: 0,
            tag: Tag::new(),
            source: Source::Server(Ipv4Address::UNSPECIFIED),
            writer: SlotWriter::new(identity.map, identity.slot.other(), sector),
            total: 0,
            is_forced: false,
            outer: None,
            has_begun: false,
            is_judged: false,
            check: None,
            head_seen: 0,
            progress_at: Instant::ZERO,
            new_build: 0,
            failure: None,
            history,
        }
    }

    /// What became of the last updates.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The firmware that runs the update.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Where the update is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The number of the update that runs, or of the last one; 0 before the first.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The number of the connection that the update wants, and from when on.
    pub fn connection(&self) -> (u32, Instant) {
        (self.connection, self.connect_at)
    }

    /// The bytes that are here already, and what the server called them, if the connection to it broke off.
    pub fn resumes(&self) -> Option<(u32, &str)> {
        (!self.tag.is_empty()).then(|| (self.writer.received(), self.tag.as_str()))
    }

    /// Who brings the image of the update that runs, or brought that of the last one.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Bytes in flash.
    pub fn written(&self) -> u32 {
        self.writer.written()
    }

    /// Bytes announced; 0 until then.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Build number of the image that was verified last; 0 if it does not tell.
    pub fn new_build(&self) -> u32 {
        self.new_build
    }

    /// Why the last update failed, if it did.
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// Whether an update is in progress that another one may not take the place of.
    ///
    /// One that has stood still for [`TAKEOVER_AFTER`] may be replaced: somebody who tries again should not
    /// have to wait until the first try is given up.
    pub fn is_busy(&self, now: Instant) -> bool {
        match self.phase {
            Phase::Idle => false,
            Phase::Connecting | Phase::Requesting | Phase::Answer | Phase::Receiving => {
                now - self.progress_at < TAKEOVER_AFTER
            }
            _ => true,
        }
    }

    /// Ends the update on request, unless there is none or it is done; says whether it did.
    pub fn abort(&mut self) -> bool {
        let can_end = !matches!(self.phase, Phase::Idle | Phase::Restarting);
        self.fail(Failure::Aborted);
        can_end
    }

    /// Begins an update from `source`; if `is_forced`, to an older release too.
    ///
    /// # Errors
    /// [`Failure::Busy`] and [`Failure::FlashTooSmall`]; neither disturbs what runs.
    pub fn begin(&mut self, now: Instant, source: Source, is_forced: bool) -> Result<(), Failure> {
        if self.is_busy(now) {
            return Err(Failure::Busy);
        }
        let Identity { map, chip_len, .. } = self.identity;
        if chip_len < map.flash_len() {
            return Err(Failure::FlashTooSmall {
                chip: chip_len,
                map: map.flash_len(),
            });
        }
        self.fail(Failure::TakenOver);
        self.attempt += 1;
        self.connection += 1;
        self.connect_at = now;
        self.reconnects = RECONNECTS;
        self.tag.clear();
        self.source = source;
        self.writer.restart(0, 0);
        self.total = 0;
        self.is_forced = is_forced;
        self.outer = None;
        self.has_begun = false;
        self.is_judged = false;
        self.check = None;
        self.head_seen = 0;
        self.new_build = 0;
        self.failure = None;
        let phase = match source {
            Source::Server(_) => Phase::Connecting,
            // It is there already, and so is its request.
            Source::Upload(_) => Phase::Answer,
        };
        self.enter(now, phase);
        Ok(())
    }

    /// The server took the connection.
    pub fn connected(&mut self, now: Instant) {
        if self.phase == Phase::Connecting {
            self.enter(now, Phase::Requesting);
        }
    }

    /// The request is on its way.
    pub fn requested(&mut self, now: Instant) {
        if self.phase == Phase::Requesting {
            self.enter(now, Phase::Answer);
        }
    }

    /// Takes in what the server sent and returns how much of it is done with.
    ///
    /// `bytes` is everything that has arrived and was not taken in before; what is left over is presented
    /// again, with more behind it.
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) -> usize {
        let taken = match self.phase {
            Phase::Answer => self.receive_head(now, bytes),
            Phase::Receiving => self.receive_image(now, bytes),
            // Behind an upload's image is the end of its form.
            Phase::Ending if !bytes.is_empty() && matches!(self.source, Source::Server(_)) => {
                Err(Failure::ExtraBytes {
                    expected: self.total,
                })
            }
            _ => Ok(0),
        };
        taken.unwrap_or_else(|failure| {
            self.fail(failure);
            bytes.len()
        })
    }

    fn receive_head(&mut self, now: Instant, bytes: &[u8]) -> Result<usize, Failure> {
        if bytes.len() > self.head_seen {
            self.head_seen = bytes.len();
            self.progress_at = now;
        }
        let wanted = Wanted {
            slot: self.identity.slot.other(),
            start: self.resumes().map_or(0, |(start, _)| start),
        };
        let Some(reply) = reply::parse(bytes, wanted)? else {
            return Ok(0);
        };
        self.check_len(reply.image_len)?;
        // The rest, of the bytes that began; or all of them, maybe of other ones.
        if reply.start == 0 || reply.tag != self.tag || reply.image_len != self.total {
            if reply.start > 0 {
                return Err(Failure::Status(206));
            }
            self.tag = reply.tag;
            self.outer = None;
            self.is_judged = false;
            self.expect(reply.image_len);
        }
        self.enter(now, Phase::Receiving);
        if self.total == 0 {
            self.judge_header()?;
        }
        Ok(reply.head_len)
    }

    /// An upload is about to bring that many bytes.
    pub fn announced(&mut self, now: Instant, len: u32) {
        if self.phase == Phase::Answer {
            self.expect(len);
            let result = self.check_len(len);
            self.enter(now, Phase::Receiving);
            let result = match len {
                0 => self.judge_header(),
                _ => result,
            };
            result.unwrap_or_else(|failure| self.fail(failure));
        }
    }

    fn expect(&mut self, len: u32) {
        self.total = len;
        let settled = self.history.settled(self.identity.slot.other());
        self.writer.restart(len, settled);
    }

    /// Whether an image of that length has room.
    fn check_len(&self, len: u32) -> Result<(), Failure> {
        let Identity { map, slot, .. } = self.identity;
        match map.slot(slot.other()).len {
            room if len > room => Err(Failure::TooLarge {
                image: len,
                slot: room,
                flash: map.flash_len(),
            }),
            _ => Ok(()),
        }
    }

    fn receive_image(&mut self, now: Instant, bytes: &[u8]) -> Result<usize, Failure> {
        let taken = self.writer.fill(bytes);
        if taken == 0 {
            return Ok(0);
        }
        self.progress_at = now;
        let is_complete = self.writer.received() == self.total;
        let received = self.writer.received() as usize;
        if self.outer.is_none() && (is_complete || received >= Outer::LEN) {
            self.judge_header()?;
        }
        if !self.is_judged && (is_complete || received >= intake::LEN) {
            self.judge_manifest()?;
        }
        Ok(taken)
    }

    /// Brings the other slot one operation further, if enough has arrived. True if there is more to do at once.
    pub fn write<F: Flash>(&mut self, now: Instant, flash: &mut F) -> bool {
        if self.phase != Phase::Receiving || !self.writer.is_behind() {
            return false;
        }
        if !self.has_begun {
            self.has_begun = true;
            self.history.begin(flash, &self.identity, self.new_build);
        }
        self.progress_at = now;
        match self.writer.step(flash) {
            Ok(()) if self.writer.is_complete() => self.enter(now, Phase::Ending),
            Ok(()) => {}
            Err(failure) => self.fail(failure),
        }
        !self.writer.is_erasing()
    }

    /// Looks at the first bytes, before anything is erased.
    fn judge_header(&mut self) -> Result<(), Failure> {
        let expected = intake::Expected {
            map: self.identity.map,
            slot: self.identity.slot.other(),
            len: Some(self.total),
        };
        let mut first = [0; intake::LEN];
        let first = self.writer.first(&mut first);
        let outer = intake::check(first, expected).map_err(Failure::NotForUs)?;
        self.outer = Some(outer);
        Ok(())
    }

    /// Looks at the manifest, still before anything is erased, if the image has it in front. What it says is a
    /// claim until the signature is verified.
    fn judge_manifest(&mut self) -> Result<(), Failure> {
        let mut first = [0; intake::LEN];
        let first = self.writer.first(&mut first);
        let manifest = self.outer.and_then(|outer| intake::manifest(first, &outer));
        // Where it is not in front, it is at irom's end, or the image is none to install.
        if let Some(outer) = self.outer {
            let [front, back] = manifest::places(outer.irom_len);
            let place = if manifest.is_some() { front } else { back };
            self.writer.expect_manifest(place);
        }
        if let Some(manifest) = manifest {
            self.new_build = manifest.build;
            intake::admit(&manifest, self.total, &self.demands()).map_err(Failure::NotForUs)?;
        }
        self.is_judged = true;
        Ok(())
    }

    /// What is asked of the new image.
    fn demands(&self) -> Demands {
        Demands {
            project: PROJECT,
            board: BOARD,
            key: TRUSTED_KEY.id(),
            release: match self.is_forced {
                true => 0,
                false => self.identity.release,
            },
        }
    }

    /// The connection came to its end, and every byte it brought was taken in. To be told again while
    /// [`Phase::Receiving`] lasts: first what has come is brought to flash.
    pub fn ended(&mut self, now: Instant) {
        let failure = match self.phase {
            Phase::Receiving if self.writer.is_behind() => return,
            Phase::Connecting => Failure::Refused,
            Phase::Requesting | Phase::Answer => Failure::ClosedEarly,
            Phase::Receiving if self.writer.received() < self.total => Failure::Truncated {
                received: self.writer.received(),
                expected: self.total,
            },
            // Nothing is missing, so however it ended, flash will tell.
            Phase::Ending => return self.enter(now, Phase::Verifying),
            _ => return,
        };
        match self.reconnects.checked_sub(1) {
            Some(left) if !self.tag.is_empty() => {
                self.reconnects = left;
                self.connection += 1;
                self.connect_at = now + RECONNECT_AFTER;
                self.head_seen = 0;
                self.enter(now, Phase::Connecting);
            }
            _ => self.fail(failure),
        }
    }

    /// Ends an update in progress with this cause.
    ///
    /// From [`Phase::Restarting`] on it is too late: the boot record says what it says.
    pub fn fail(&mut self, failure: Failure) {
        if !matches!(self.phase, Phase::Idle | Phase::Restarting) {
            self.note_end(failure.code(), failure.detail());
            self.phase = Phase::Idle;
            self.failure = Some(failure);
        }
    }

    /// Does what is due: timeouts, the verification, the boot record.
    pub fn step<F: Flash>(&mut self, now: Instant, flash: &mut F) {
        let waited = now - self.progress_at;
        match self.phase {
            Phase::Connecting if waited >= PATIENCE => self.fail(Failure::Unreachable),
            Phase::Requesting | Phase::Answer | Phase::Receiving if waited >= PATIENCE => {
                self.fail(Failure::Stalled {
                    received: self.writer.received(),
                });
            }
            Phase::Ending if waited >= ENDING_WAIT => self.enter(now, Phase::Verifying),
            Phase::Verifying => match self.verify(flash) {
                Ok(None) => {}
                Ok(Some(build)) => {
                    self.new_build = build;
                    self.enter(now, Phase::Switching);
                }
                Err(failure) => self.fail(failure),
            },
            Phase::Switching => match record::select(flash, &self.identity, self.new_build) {
                Ok(_) => {
                    self.note_end(history::INSTALLED, 0);
                    self.enter(now, Phase::Restarting);
                }
                Err(failure) => self.fail(failure),
            },
            _ => {}
        }
        self.history.save(flash);
    }

    fn note_end(&mut self, cause: u8, detail: u32) {
        let kind = Kind::Ended {
            stage: self.phase as u8,
            cause,
            detail,
        };
        self.history.note(Event {
            sequence: 0,
            kind,
            slot: self.identity.slot.other(),
            from_build: self.identity.build,
            to_build: self.new_build,
            bytes: self.writer.written(),
        });
    }

    /// Reads the image back from flash, a piece at a time: structure, slot, sums, manifest, signature. Hands out
    /// its build number when all of it is good.
    fn verify<F: Flash>(&mut self, flash: &mut F) -> Result<Option<u32>, Failure> {
        let Identity { map, slot, .. } = self.identity;
        let (slot, len, demands) = (slot.other(), self.total, self.demands());
        let check = self
            .check
            .get_or_insert_with(|| Check::new(map, slot, len, demands, TRUSTED_KEY));
        let mut image = FlashSource::new(flash, map.slot(slot).start.get());
        check.step(&mut image, self.writer.digest())
    }

    /// Whether it is time to restart into the new image. `is_told` says that the outcome has been delivered.
    pub fn is_restart_due(&self, now: Instant, is_told: bool) -> bool {
        self.phase == Phase::Restarting && (is_told || now - self.progress_at >= FAREWELL)
    }

    /// When [`Update::step`] has something to do even if nothing happens; `None` without an update.
    pub fn deadline(&self) -> Option<Instant> {
        if self.history.has_unsaved() {
            return Some(Instant::ZERO);
        }
        let wait = match self.phase {
            Phase::Idle => return None,
            Phase::Ending => ENDING_WAIT,
            Phase::Receiving if self.writer.is_behind() => Duration::ZERO,
            Phase::Verifying | Phase::Switching => Duration::ZERO,
            Phase::Restarting => FAREWELL,
            _ => PATIENCE,
        };
        Some(self.progress_at + wait)
    }

    fn enter(&mut self, now: Instant, phase: Phase) {
        self.phase = phase;
        self.progress_at = now;
    }
}
