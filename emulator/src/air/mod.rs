//! The air around the antenna: one radio channel with virtual stations on it.
//!
//! The device's own radio is passed in ([`Air::advance`]): this room knows frames, not
//! registers. Everything happens in emulated time and depends on one seed.

mod capture;
pub(crate) mod ccmp;
mod codec;
pub mod forward;
pub mod medium;
pub mod rate;
mod station;

use std::io::{self, Write};

use crate::time::Time;
use capture::Capture;
pub use medium::Conditions;
use medium::{Medium, Radio, Request};
pub use station::{Conn, Datagram, Saving, State, Station, StationConfig, Tally};

/// Which station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StationId(usize);

/// The air.
pub struct Air {
    medium: Medium,
    stations: Vec<Station>,
    seed: u64,
    now: Time,
    capture: Option<Capture>,
    capture_error: Option<io::Error>,
}

impl Air {
    /// Empty air. All luck on it depends on `seed`.
    pub fn new(seed: u64) -> Air {
        Air {
            medium: Medium::new(seed),
            stations: Vec::new(),
            seed,
            now: Time::default(),
            capture: None,
            capture_error: None,
        }
    }

    /// Switches a station on.
    pub fn add_station(&mut self, config: StationConfig) -> StationId {
        let number = self.stations.len();
        // Far from the medium's own stream, and from the other stations'.
        let seed = self.seed ^ (number as u64 + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
        self.stations.push(Station::new(config, seed, self.now));
        StationId(number)
    }

    /// A station.
    pub fn station(&mut self, id: StationId) -> &mut Station {
        let station = &mut self.stations[id.0];
        station.touch();
        station
    }

    /// All stations, in the order they were added.
    pub fn stations(&self) -> impl Iterator<Item = StationId> + use<> {
        (0..self.stations.len()).map(StationId)
    }

    /// How bad the air is from now on.
    pub fn set_conditions(&mut self, conditions: Conditions) {
        self.medium.conditions = conditions;
    }

    /// Writes every frame from now on to `file` as pcap. Buffered files are complete when the air is dropped.
    pub fn capture(&mut self, file: Box<dyn Write>) -> io::Result<()> {
        self.capture = Some(Capture::new(file)?);
        Ok(())
    }

    /// Why the capture ended, if writing failed.
    pub fn capture_error(&mut self) -> Option<io::Error> {
        self.capture_error.take()
    }

    /// The time of the last event.
    pub fn now(&self) -> Time {
        self.now
    }

    /// When [`Air::advance`] must run, with what the device wants to send.
    pub fn next_event(&self, device: Option<Request>) -> Time {
        let stations = self.stations.iter().map(Radio::request);
        let medium = self
            .medium
            .next_event(core::iter::once(device).chain(stations));
        let stations = self.stations.iter().map(Station::next_event);
        stations.fold(medium, Time::min)
    }

    /// Lets everything happen that is due until `now`.
    pub fn advance(&mut self, now: Time, device: &mut dyn Radio) {
        loop {
            let due = self.next_event(device.request());
            if due > now {
                self.now = self.now.max(now);
                return;
            }
            // What was changed from outside, or asked for late, happens now; time does not run backwards.
            let at = if due < self.now { now } else { due };
            self.now = at;
            self.step(at, device);
        }
    }

    fn step(&mut self, at: Time, device: &mut dyn Radio) {
        for station in &mut self.stations {
            if station.next_event() <= at {
                station.poll(at);
            }
        }
        let mut radios: Vec<&mut dyn Radio> = vec![device];
        radios.extend(self.stations.iter_mut().map(|it| it as &mut dyn Radio));
        let requests = radios.iter().map(|radio| radio.request());
        if self.medium.next_event(requests) > at {
            return;
        }
        let heard = self.medium.step(at, &mut radios);
        if let (Some(heard), Some(capture)) = (heard, &mut self.capture) {
            if let Err(error) = capture.frame(&heard.frame, heard.intact, heard.at) {
                self.capture = None;
                self.capture_error = Some(error);
            }
        }
    }
}
