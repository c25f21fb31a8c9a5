//! The whole firmware on the host: a device, a station in range, an image server on it, and time.
//!
//! Everything is the real thing down to Ethernet frames and flash commands. Time jumps from one event to the
//! next, as on the chip, so a deadline that the firmware forgets is slept through here too.

mod chip;
mod link;
mod server;
mod station;

mod bad_flash;
mod bad_server;
mod history;
mod kept;
mod network_key;
mod power_cut;
mod serving;
mod signing;
mod soak;
mod story;
mod triggering;
mod uploading;
mod writing;

use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

use d1_image::compose::{Parts, SegmentData};
use d1_image::header::{FlashClock, FlashMode};
use d1_image::manifest::Manifest;
use d1_image::record::{Entry, Kind, Reason};
use d1_image::{FlashMap, Slot};
use d1_signature::{sign, SecretKey};
use d1_wifi::Ssid;
use smoltcp::time::{Duration, Instant};

use crate::firmware::{Firmware, Next, Start};
use crate::identity::Identity;
use crate::network::Storage;
use crate::reset::ResetCause;
use crate::update::sector::Sector;
use chip::Chip;
use link::Link;
use server::{Act, Server};
use station::Station;

const MAP: FlashMap = FlashMap::M1;

/// An image of about `len` bytes for a slot of the 1M map.
fn image(slot: Slot, build: u32, len: usize) -> Vec<u8> {
    image_for(MAP, slot, build, len)
}

fn image_for(map: FlashMap, slot: Slot, build: u32, len: usize) -> Vec<u8> {
    let mut image = unsigned(map, slot, Manifest::new(build), len);
    sign(&mut image, &SecretKey::DEVELOPMENT).unwrap();
    image
}

/// An image that nobody signed yet, with its manifest in front.
fn unsigned(map: FlashMap, slot: Slot, manifest: Manifest, len: usize) -> Vec<u8> {
    let mut irom = manifest.emit().to_vec();
    irom.extend((0..len).map(|n| (n * 7 + n / 256) as u8));
    compose(map, slot, manifest, &irom)
}

fn compose(map: FlashMap, slot: Slot, manifest: Manifest, irom: &[u8]) -> Vec<u8> {
    let code: Vec<u8> = (0..80).map(|n| n * 3).collect();
    let mut image = Vec::new();
    Parts {
        map,
        slot,
        mode: FlashMode::Dio,
        clock: FlashClock::Mhz40,
        entry: 0x4010_0004,
        manifest,
        irom,
        segments: &[SegmentData {
            address: 0x4010_0000,
            data: &code,
        }],
    }
    .compose(|bytes| {
        image.extend_from_slice(bytes);
        Ok::<(), ()>(())
    })
    .unwrap();
    image
}

/// A device with slot 1's image in flash and running, and a station that is about to join.
struct World {
    now: Instant,
    link: Link,
    chip: Chip,
    identity: Identity,
    firmware: &'static mut Firmware,
    station: Station,
    server: Server,
    console: String,
    /// When the firmware wants its next turn.
    wake_at: Instant,
    has_restarted: bool,
    /// Starts so far: each comes with another random number.
    starts: u32,
}

impl World {
    fn new(acts: Vec<Act>) -> World {
        let mut chip = Chip::new();
        chip.put(
            MAP.slot(Slot::One).start.get(),
            &image(Slot::One, 1, 20_000),
        );
        World::with_chip(chip, Slot::One, 1, acts)
    }

    /// A device that runs `build` from `slot`, whatever flash holds.
    fn with_chip(mut chip: Chip, slot: Slot, build: u32, acts: Vec<Act>) -> World {
        let identity = Identity {
            build,
            release: 0,
            slot,
            map: MAP,
            chip_len: chip.len(),
        };
        let link = Link::new();
        let firmware = start(Instant::ZERO, &link, identity, &mut chip, 1);
        let station = Station::new(&link);
        World {
            now: Instant::ZERO,
            link,
            chip,
            identity,
            firmware,
            station,
            server: Server::new(acts),
            console: String::new(),
            wake_at: Instant::ZERO,
            has_restarted: false,
            starts: 1,
        }
    }

    /// A device to which the loader went back, from build 2; with a station.
    fn fallen_back(reason: Reason) -> World {
        let mut chip = Chip::new();
        let slot = Slot::One;
        chip.put(MAP.slot(slot).start.get(), &image(slot, 1, 20_000));
        let entry = Entry {
            sequence: 5,
            kind: Kind::FallBack { reason },
            slot,
            from_build: 2,
            to_build: 1,
        };
        chip.put(MAP.record_sectors()[0].get(), &entry.emit());
        let mut world = World::with_chip(chip, slot, 1, vec![]);
        world.join();
        world
    }

    /// As [`World::new`], with a station that has its address.
    fn joined(acts: Vec<Act>) -> World {
        let mut world = World::new(acts);
        world.join();
        world
    }

    #[track_caller]
    fn join(&mut self) {
        self.until("the station to get an address", |world| {
            world.station.address().is_some()
        });
    }

    /// Starts the firmware anew, as from `slot`.
    fn restart(&mut self, slot: Slot, build: u32) {
        self.identity = Identity {
            slot,
            build,
            ..self.identity
        };
        self.link.clear();
        self.starts += 1;
        self.firmware = start(
            self.now,
            &self.link,
            self.identity,
            &mut self.chip,
            self.starts,
        );
        self.wake_at = self.now;
        self.has_restarted = false;
    }

    /// One event: whatever is due next.
    fn step(&mut self) {
        self.server.poll(self.now, &mut self.station);
        self.station.poll(self.now);
        if (self.link.has_frames_for_device() || self.now >= self.wake_at) && !self.has_restarted {
            let mut access_point = self.link.access_point();
            let next = self.firmware.turn(
                self.now,
                &mut access_point,
                &mut self.chip,
                &mut self.console,
            );
            match next {
                Next::Restart => self.has_restarted = true,
                Next::Sleep(until) => self.wake_at = until,
            }
        }
        self.station.poll(self.now);
        let soon = self.now + Duration::from_micros(100);
        let due = match self.link.is_quiet() {
            true => self
                .wake_at
                .min(self.station.deadline(self.now))
                .min(self.server.deadline()),
            false => soon,
        };
        // Nobody sleeps for longer than the main loop would.
        self.now = due.max(soon).min(self.now + Duration::from_millis(500));
    }

    /// Lets time pass until `done`; two minutes are more than anything here takes.
    #[track_caller]
    fn until(&mut self, what: &str, mut done: impl FnMut(&mut World) -> bool) {
        let deadline = self.now + Duration::from_secs(120);
        while !done(self) {
            assert!(
                self.now < deadline,
                "waited for {what} in vain\n{}",
                self.console
            );
            self.step();
        }
    }

    #[track_caller]
    fn until_console(&mut self, text: &str) {
        self.until(&format!("the console to say {text:?}"), |world| {
            world.console.contains(text)
        });
    }

    #[track_caller]
    fn until_written(&mut self, len: u32) {
        self.until("the image to arrive", |world| {
            world.firmware.update().written() >= len
        });
    }

    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.step();
        }
    }

    /// Sends a request on a new connection and returns everything until the device closes it.
    #[track_caller]
    fn exchange(&mut self, port: u16, request: &[u8]) -> String {
        let connection = self.station.connect(port);
        self.station.send(connection, request);
        self.until("the end of the answer", |world| {
            world.station.has_ended(connection)
        });
        self.station.take_text(connection)
    }

    #[track_caller]
    fn get(&mut self, port: u16, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:{port}\r\n\r\n");
        self.exchange(port, request.as_bytes())
    }

    /// The path and query of the link or button that the status page calls `name`.
    #[track_caller]
    fn link(&mut self, name: &str) -> String {
        self.link_before("", &format!("{name}</"))
    }

    /// The path and query, which begin with `start`, of the last link or form before `end` on the status page.
    #[track_caller]
    fn link_before(&mut self, start: &str, end: &str) -> String {
        let page = self.get(80, "/");
        let (before, _) = page.split_once(end).unwrap();
        let (_, path) = before.rsplit_once("=\"http://192.168.123.1:88").unwrap();
        assert!(path[1..].starts_with(start), "{path}");
        path.split('"').next().unwrap().into()
    }

    /// Follows the page's link to begin an update; the connection stays open for the report.
    fn begin_update(&mut self) -> usize {
        let path = self.link("begin update");
        let connection = self.station.connect(88);
        let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n\r\n");
        self.station.send(connection, request.as_bytes());
        connection
    }
}

fn start(
    now: Instant,
    link: &Link,
    identity: Identity,
    chip: &mut Chip,
    starts: u32,
) -> &'static mut Firmware {
    let mut words = (starts * 1000..).map(|word| word.wrapping_mul(0x9E37_79B9));
    let ssid = Ssid::new(b"D1-OTA-<TEST>").unwrap();
    let mut access_point = link.access_point();
    let reset = match starts {
        1 => ResetCause::POWER_ON,
        _ => ResetCause::WATCHDOG,
    };
    let start = Start {
        now,
        identity,
        ssid,
        reset,
        free: || 12_345,
    };
    Firmware::start(
        Box::leak(Box::new_uninit()),
        start,
        &mut || words.next().unwrap(),
        Box::leak(Box::new(Storage::new())),
        Box::leak(Box::new(Sector::new())),
        &mut access_point,
        chip,
    )
}
