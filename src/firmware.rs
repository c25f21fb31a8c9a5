//! The whole firmware but its hardware: one turn of the main loop over all services.

use core::fmt::Write;
use core::mem::MaybeUninit;

use crate::flash::Flash;
use d1_image::record::Entry;
use d1_wifi::Ssid;
use smoltcp::phy::Device;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::EthernetAddress;

use crate::button::Button;
use crate::dhcp;
use crate::health::Health;
use crate::identity::Identity;
use crate::led;
use crate::names;
use crate::network::{Network, Storage};
use crate::page::{Snapshot, StatusPage};
use crate::reset::ResetCause;
use crate::token::Token;
use crate::trigger::Trigger;
use crate::update::fetch::Fetch;
use crate::update::report::Reporter;
use crate::update::sector::Sector;
use crate::update::{record, Failure, History, LastUpdate, Phase, Update};

/// How long the station that serves the image may be gone. Some leave and come back within a second.
const ABSENCE: Duration = Duration::from_secs(3);

/// The access point, as the firmware sees it: frames, and who is there.
pub trait AccessPoint: Device {
    /// Takes in what the air brought and runs the protocol's timers.
    fn poll(&mut self, now: Instant);

    /// When [`AccessPoint::poll`] has something to do even if the air brings nothing.
    fn deadline(&self) -> Instant;

    /// The access point's own address.
    fn address(&self) -> EthernetAddress;

    /// Whether that station is joined.
    fn is_joined(&self, station: EthernetAddress) -> bool;

    /// How many stations are joined.
    fn station_count(&self) -> usize;

    /// Whether beacons go out.
    fn is_beaconing(&self) -> bool;

    /// Does `work`, which may take long and does not use the access point. An engine that can goes on meanwhile.
    fn while_busy<T>(&mut self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// What the main loop does after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Sleep until then, or until the radio has something.
    Sleep(Instant),
    /// Restart the chip: a new image is selected.
    Restart,
}

/// What is known when the services start.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The time.
    pub now: Instant,
    /// Which firmware this is.
    pub identity: Identity,
    /// The network's name.
    pub ssid: Ssid,
    /// Why the chip starts.
    pub reset: ResetCause,
    /// Tells how many bytes of RAM nothing has a use for right now.
    pub free: fn() -> u32,
}

/// Writes each field of a struct into its place. The compiler sees that none is missing, as in an expression.
macro_rules! fill {
    ($place:expr, $struct:ident { $($field:ident: $value:expr,)* }) => {{
        let _ = |$struct { $($field: _,)* }: &$struct| ();
        let place: &mut MaybeUninit<$struct> = $place;
        let at = place.as_mut_ptr();
        $({
            let value = $value;
            // SAFETY: a field of a place that is large enough for all of them.
            unsafe { (&raw mut (*at).$field).write(value) };
        })*
        // SAFETY: none of its fields is left out.
        unsafe { place.assume_init_mut() }
    }};
}

/// All services and what they share.
pub struct Firmware {
    identity: Identity,
    ssid: Ssid,
    reset: ResetCause,
    free: fn() -> u32,
    started: Instant,
    boot: u32,
    token: Token,
    network: Network,
    dhcp: dhcp::Server,
    page: StatusPage,
    trigger: Trigger,
    update: Update,
    fetch: Fetch,
    reporter: Reporter,
    health: Health,
    button: Button,
    /// What the boot record says about the last update.
    recorded: LastUpdate,
    /// Since when the station that serves the image is gone.
    absent_since: Option<Instant>,
}

impl Firmware {
    /// Starts the services on an access point that runs, in `place`. `random` yields words nobody can guess.
    ///
    /// Made in its place, field by field: a `Firmware` on the stack, and its parts besides, took 10 KB of that.
    #[inline(never)]
    pub fn start<'a, A: AccessPoint, F: Flash>(
        place: &'a mut MaybeUninit<Firmware>,
        Start {
            now,
            identity,
            ssid,
            reset,
            free,
        }: Start,
        random: &mut dyn FnMut() -> u32,
        storage: &'static mut Storage,
        sector: &'static Sector,
        access_point: &mut A,
        flash: &mut F,
    ) -> &'a mut Firmware {
        let newest = record::newest(flash, identity.map);
        let history = History::load(flash, identity, newest.as_ref(), reset);
        let address = access_point.address();
        let (seed, boot, token) = (random(), random(), Token::new(random));
        fill!(
            place,
            Firmware {
                identity: identity,
                ssid: ssid,
                reset: reset,
                free: free,
                started: now,
                boot: boot,
                token: token,
                network: Network::new(now, access_point, address, seed, storage),
                dhcp: dhcp::Server::new(),
                page: StatusPage::new(),
                trigger: Trigger::new(token),
                update: Update::new(identity, history, sector),
                fetch: Fetch::new(seed),
                reporter: Reporter::new(),
                health: Health::new(now, newest, &identity),
                button: Button::new(now),
                recorded: recorded(newest, &identity),
                absent_since: None,
            }
        )
    }

    /// What became of the last update.
    pub fn last_update(&self) -> LastUpdate {
        let update = &self.update;
        LastUpdate::newest(update.failure(), update.history(), self.recorded)
    }

    /// Whether the firmware is not, or no longer, on trial.
    pub fn is_trusted(&self) -> bool {
        self.health.is_trusted()
    }

    /// Takes in whether the board's button is down. Held after the start, it stops all that happens by itself: the
    /// firmware on trial stays on trial, and the page stays.
    pub fn press(&mut self, now: Instant, is_down: bool, console: &mut dyn Write) {
        if self.button.poll(now, is_down) && !self.health.is_held() {
            self.health.hold();
            // The console takes everything.
            let _ = writeln!(
                console,
                "button held: nothing is confirmed until the next restart"
            );
        }
    }

    /// What the board's LED has to say.
    pub fn led(&self) -> led::State {
        let is_fault = matches!(
            self.last_update(),
            LastUpdate::Failed(_) | LastUpdate::FailedBefore(_) | LastUpdate::FellBack { .. }
        );
        match self.update.phase() {
            Phase::Idle if self.health.is_held() => led::State::Recovery,
            Phase::Idle if !self.health.is_trusted() => led::State::Trial,
            Phase::Idle if is_fault => led::State::Fault,
            Phase::Idle => led::State::Up,
            _ => led::State::Updating,
        }
    }

    /// The update.
    pub fn update(&self) -> &Update {
        &self.update
    }

    /// Gives everything its turn; returns what to do next.
    pub fn turn<A: AccessPoint, F: Flash>(
        &mut self,
        now: Instant,
        access_point: &mut A,
        flash: &mut F,
        console: &mut dyn Write,
    ) -> Next {
        access_point.poll(now);
        self.network.poll(now, access_point);
        self.watch_server(now, access_point);
        access_point.while_busy(|| self.advance_update(now, flash));
        let was_asked = self.serve(now, access_point);
        self.confirm(now, was_asked, access_point.is_beaconing(), flash, console);
        self.report(console);
        if self.health.has_failed(now) {
            // The console takes everything.
            let _ = writeln!(console, "on trial and out of reach: restarting");
            return Next::Restart;
        }
        // Sends what the services have just written.
        self.network.poll(now, access_point);
        let is_told = self
            .trigger
            .is_told(&self.network.sockets, &self.network.trigger);
        if self.update.is_restart_due(now, is_told) {
            return Next::Restart;
        }
        Next::Sleep(self.deadline(now).min(access_point.deadline()))
    }

    /// DHCP, names and the two pages; true if somebody asked for a page.
    fn serve<A: AccessPoint>(&mut self, now: Instant, access_point: &mut A) -> bool {
        let Network {
            sockets,
            dhcp,
            names: [dns, mdns],
            ..
        } = &mut self.network;
        let is_here = |station| access_point.is_joined(station);
        self.dhcp.poll(now, sockets.get_mut(*dhcp), is_here);
        names::serve_dns(sockets.get_mut(*dns));
        names::serve_mdns(sockets.get_mut(*mdns));
        let stations = access_point.station_count() as u32;
        // A page with a long history takes several milliseconds to write.
        access_point.while_busy(|| self.serve_pages(now, stations))
    }

    /// The two pages.
    // Never inlined: as `advance_update`.
    #[inline(never)]
    fn serve_pages(&mut self, now: Instant, stations: u32) -> bool {
        let last = self.last_update();
        let Network {
            sockets,
            page,
            trigger,
            ..
        } = &mut self.network;
        let (update, identity, ssid) = (&self.update, self.identity, self.ssid);
        let (boot, token, reset) = (self.boot, self.token, self.reset);
        let (started, free) = (self.started, self.free);
        let is_recovery = self.health.is_held();
        let look = || Snapshot {
            identity,
            ssid,
            boot,
            token,
            reset,
            uptime: (now - started).secs() as u32,
            free: free(),
            is_recovery,
            stations,
            attempt: update.attempt(),
            moment: update.history().now(),
            phase: update.phase(),
            written: update.written(),
            total: update.total(),
            last,
        };
        let saw_page = self.page.poll(now, sockets, page, update.history(), look);
        let pulled_trigger = self.trigger.poll(now, sockets, trigger, &mut self.update);
        saw_page || pulled_trigger
    }

    // Never inlined: as `advance_update`.
    #[inline(never)]
    fn confirm<F: Flash>(
        &mut self,
        now: Instant,
        was_asked: bool,
        is_beaconing: bool,
        flash: &mut F,
        console: &mut dyn Write,
    ) {
        let result = self
            .health
            .poll(now, was_asked, is_beaconing, &self.identity, flash);
        // The console takes everything.
        let _ = match result {
            None => Ok(()),
            Some(Ok(entry)) => {
                self.recorded = recorded(Some(entry), &self.identity);
                writeln!(console, "confirmed: {} stays", self.identity.slot.name())
            }
            Some(Err(failure)) => writeln!(console, "not confirmed: {failure}"),
        };
    }

    /// Ends the update when the station that serves the image has left. A station with an address of its own
    /// making is not known by it; then the update's patience decides.
    fn watch_server<A: AccessPoint>(&mut self, now: Instant, access_point: &A) {
        let fetches = (Phase::Connecting..=Phase::Receiving).contains(&self.update.phase());
        let source = self.update.source().address();
        let server = self.dhcp.leases().holder(source);
        match server {
            Some(station) if fetches && !access_point.is_joined(station) => {
                let since = *self.absent_since.get_or_insert(now);
                if now - since >= ABSENCE {
                    self.update.fail(Failure::StationLeft);
                }
            }
            _ => self.absent_since = None,
        }
    }

    // Never inlined: LLVM's Xtensa backend fails in functions with large frames (docs/toolchain.md), and in one
    // with `turn` it would have one.
    #[inline(never)]
    fn advance_update<F: Flash>(&mut self, now: Instant, flash: &mut F) {
        let Network {
            sockets,
            interface,
            trigger,
            fetch,
            ..
        } = &mut self.network;
        self.trigger
            .feed(now, sockets, trigger, &mut self.update, flash);
        let socket = sockets.get_mut(*fetch);
        self.fetch
            .poll(now, &mut self.update, socket, interface.context(), flash);
    }

    fn report(&mut self, console: &mut dyn Write) {
        while let Some(line) = self.reporter.next(&self.update) {
            // The console takes everything.
            let _ = writeln!(console, "{line}");
        }
    }

    fn deadline(&mut self, now: Instant) -> Instant {
        let Network {
            sockets,
            page,
            trigger,
            fetch,
            ..
        } = &self.network;
        let deadlines = [
            self.page.deadline(sockets, page),
            self.trigger.deadline(sockets, trigger, &self.update),
            self.fetch.deadline(&self.update, sockets.get(*fetch)),
            self.health.deadline(),
            self.absent_since.map(|since| since + ABSENCE),
            self.network.deadline(now),
        ];
        let far = now + Duration::from_secs(60);
        deadlines.into_iter().flatten().min().unwrap_or(far)
    }
}

fn recorded(newest: Option<Entry>, identity: &Identity) -> LastUpdate {
    LastUpdate::from_record(newest.as_ref(), identity.slot)
}
