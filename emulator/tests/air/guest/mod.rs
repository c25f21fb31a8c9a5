//! A world with one guest: memory, MAC, access point, time.

mod access_point;
mod frames;
mod mac;
mod memory;
mod network;

use d1_emulator::air::{Air, State, Station, StationConfig, StationId};
use d1_emulator::bus::Peripheral;
use d1_emulator::time::Time;
use d1_emulator::wdev::Wdev;

pub use access_point::AccessPoint;
pub use mac::{load, store, MacDriver, AP_MAC};
pub use memory::Ram;

/// Everything.
pub struct World {
    pub wdev: Wdev,
    pub ram: Ram,
    pub ap: AccessPoint,
    pub now: Time,
}

impl World {
    /// Power on, access point configured, nobody on the air.
    pub fn new(seed: u64) -> World {
        let mut wdev = Wdev::new(Air::new(seed), seed);
        let mut ram = Ram::new();
        let now = Time::from_micros(1000);
        let ap = AccessPoint::new(MacDriver::start(&mut wdev, &mut ram, 8, 1600, now), now);
        World { wdev, ram, ap, now }
    }

    /// The same with one station.
    pub fn with_station(seed: u64) -> (World, StationId) {
        let mut world = World::new(seed);
        let station = world.wdev.air().add_station(StationConfig::default());
        (world, station)
    }

    /// The same with a station that has joined and has an address.
    pub fn with_joined_station(seed: u64) -> (World, StationId) {
        let (mut world, station) = World::with_station(seed);
        world.run_until("an address", 5_000_000, |world| {
            world.station(station).address().is_some()
        });
        (world, station)
    }

    pub fn station(&mut self, id: StationId) -> &mut Station {
        self.wdev.air().station(id)
    }

    pub fn state(&mut self, id: StationId) -> State {
        self.station(id).state()
    }

    /// Lets `micros` pass.
    pub fn run(&mut self, micros: u64) {
        let end = self.now + Time::from_micros(micros);
        while self.step(end) {}
    }

    /// Lets time pass until `done`; panics when that takes longer than `micros`.
    pub fn run_until(&mut self, what: &str, micros: u64, mut done: impl FnMut(&mut World) -> bool) {
        let end = self.now + Time::from_micros(micros);
        while !done(self) {
            assert!(self.step(end), "waited {micros} us for {what}");
        }
    }

    /// One event. False when there is none before `end`.
    fn step(&mut self, end: Time) -> bool {
        // What a test did to a station takes effect in this instant.
        self.wdev.poll(self.now, &mut self.ram);
        let next = self.wdev.next_event().min(self.ap.next_event());
        if next >= end {
            self.now = end;
            self.wdev.poll(self.now, &mut self.ram);
            return false;
        }
        self.now = self.now.max(next);
        self.wdev.poll(self.now, &mut self.ram);
        if self.wdev.interrupt_asserted() || self.ap.next_event() <= self.now {
            self.ap.step(&mut self.wdev, &mut self.ram, self.now);
        }
        true
    }
}
