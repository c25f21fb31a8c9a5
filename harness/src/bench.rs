//! One powered device, one station in range, and time.

use d1_emulator::air::{Conn, State, StationConfig, StationId};
use d1_emulator::board::{Config, Machine, Stop};
use d1_emulator::time::Time;
use nor_model::{Chip, Nor};

use crate::images::image_directory;
use crate::{Images, Response, Server};
use d1ota::join::key_of_images;

/// The port on which the device looks for the server.
pub const SERVER_PORT: u16 = 8888;

/// The step in which server and station code look at the world: short against every timeout.
const SLICE: Time = Time::from_micros(500);

/// How long to wait, in emulated milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Wait(pub u64);

impl Wait {
    /// From reset to a station with an address.
    pub const BOOT: Wait = Wait(15_000);
    /// One page.
    pub const PAGE: Wait = Wait(5_000);
    /// A whole update, the restart included.
    pub const UPDATE: Wait = Wait(60_000);
}

/// A D1 mini's flash chip.
fn d1_mini(flash: &[u8]) -> Nor {
    Nor::new(Chip::W25Q32, flash).expect("the image is not larger than a D1 mini's flash")
}

/// A device on the bench.
pub struct Bench {
    /// The device.
    pub machine: Machine,
    /// The station that browses and serves.
    pub station: StationId,
    /// The host on port 8888.
    pub server: Server,
    /// Everything the console printed since the last power-on, line ends as `\n`.
    pub console: String,
    /// What the emulator reported: accesses it does not model, guest faults.
    pub reports: Vec<String>,
}

impl Bench {
    /// Powers a device with `flash` and lets a station join it.
    pub fn boot(flash: &[u8], server: Server) -> Bench {
        let mut bench = Bench::power_on(flash, server);
        bench.join();
        bench
    }

    /// A device with slot 1's firmware and the server of both images.
    pub fn with(images: &Images) -> Bench {
        let mut bench = Bench::on(images);
        bench.join();
        bench
    }

    /// The same, but nobody waits for anything yet.
    pub fn on(images: &Images) -> Bench {
        let nor = d1_mini(&images.flash);
        Bench::power_on_knowing(images.psk.clone(), nor, images.server())
    }

    /// Powers a device with `flash`; nobody waits for anything yet.
    pub fn power_on(flash: &[u8], server: Server) -> Bench {
        Bench::power_on_with(d1_mini(flash), server)
    }

    /// Powers a device with a flash chip that has a history; nobody waits for anything yet.
    pub fn power_on_with(nor: Nor, server: Server) -> Bench {
        Bench::power_on_knowing(key_of_images(&image_directory()), nor, server)
    }

    /// The same, with a station that knows this key; without one, it joins open networks.
    pub fn power_on_knowing(psk: Option<String>, mut nor: Nor, server: Server) -> Bench {
        nor.power_on();
        let mut machine = Machine::new(Config::default(), nor);
        let config = StationConfig {
            psk,
            ..StationConfig::default()
        };
        let station = machine.air().add_station(config);
        if server.listens {
            machine.air().station(station).listen(SERVER_PORT);
        }
        Bench {
            machine,
            station,
            server,
            console: String::new(),
            reports: Vec::new(),
        }
    }

    /// Runs one slice: the machine, then the hosts around it. Says how the slice ended.
    pub fn slice(&mut self) -> Stop {
        let stop = self.machine.run_until(self.machine.now() + SLICE);
        let text = self.machine.console();
        if !text.is_empty() {
            self.console.push_str(&String::from_utf8_lossy(&text));
            // A line's end may be split between two slices.
            self.console = self.console.replace("\r\n", "\n");
        }
        self.reports.extend(self.machine.log());
        let now = self.machine.now();
        self.server
            .poll(self.machine.air().station(self.station), now);
        stop
    }

    /// Runs until `done`, or panics after `wait` of emulated time with what was awaited.
    #[track_caller]
    pub fn until(&mut self, what: &str, wait: Wait, mut done: impl FnMut(&mut Bench) -> bool) {
        let deadline = self.machine.now() + Time::from_micros(wait.0 * 1000);
        while !done(self) {
            assert!(
                self.machine.now() < deadline,
                "waited {} ms (emulated) for {what}\n--- console ---\n{}\n--- reports ---\n{}",
                wait.0,
                self.console,
                self.reports.join("\n"),
            );
            self.slice();
        }
    }

    /// Runs for `wait`.
    pub fn pass(&mut self, wait: Wait) {
        let deadline = self.machine.now() + Time::from_micros(wait.0 * 1000);
        while self.machine.now() < deadline {
            self.slice();
        }
    }

    /// Waits until the station has an address from the device.
    #[track_caller]
    pub fn join(&mut self) {
        self.until("the station to get an address", Wait::BOOT, |bench| {
            matches!(bench.station().state(), State::Joined { address: Some(_) })
        });
    }

    /// Cuts and restores power (RAM is lost, flash stays), and waits until the boot loader starts `line`.
    #[track_caller]
    pub fn power_cycle(&mut self, line: &str) {
        self.machine.power_cycle();
        self.console.clear();
        self.until_console(line, Wait::BOOT);
    }

    /// Waits until the console shows `text` (since the last power-on or [`Bench::power_cycle`]).
    #[track_caller]
    pub fn until_console(&mut self, text: &str, wait: Wait) {
        self.until(&format!("the console to show {text:?}"), wait, |bench| {
            bench.console.contains(text)
        });
    }

    /// GETs `path` from device port `port`; waits for the whole answer.
    #[track_caller]
    pub fn get(&mut self, port: u16, path: &str) -> Response {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1\r\n\r\n");
        let bytes = self.exchange(port, request.as_bytes(), Wait::PAGE);
        Response::parse(&bytes).unwrap_or_else(|error| panic!("GET {path} on port {port}: {error}"))
    }

    /// The status page's text.
    #[track_caller]
    pub fn page(&mut self) -> String {
        let response = self.get(80, "/");
        assert_eq!(response.status, 200, "{response:?}");
        response.body
    }

    /// Sends `request` on a new connection and returns all bytes until the device closes it.
    #[track_caller]
    pub fn exchange(&mut self, port: u16, request: &[u8], wait: Wait) -> Vec<u8> {
        let connection = self.open(port, request);
        let mut received = Vec::new();
        self.until(
            &format!("the end of the answer on port {port}"),
            wait,
            |bench| {
                received.extend(bench.station().recv(connection));
                bench.station().peer_closed(connection) || !bench.station().is_open(connection)
            },
        );
        received.extend(self.station().recv(connection));
        self.station().close(connection);
        received
    }

    /// Connects to device port `port` and sends `request`; the connection stays open.
    #[track_caller]
    pub fn open(&mut self, port: u16, request: &[u8]) -> Conn {
        let connection = self.station().connect(port);
        let mut sent = 0;
        self.until(
            &format!("port {port} to take the request"),
            Wait::PAGE,
            |bench| {
                sent += bench.station().send(connection, &request[sent..]);
                sent == request.len()
            },
        );
        connection
    }

    /// Path and query of the page's link or button `name`, which leads to port 88.
    #[track_caller]
    pub fn link(&mut self, name: &str) -> String {
        let page = self.page();
        let before = page.split(&format!("{name}</")).next().unwrap_or_default();
        let link = before.rsplit_once("=\"http://192.168.123.1:88");
        let path = link.and_then(|(_, link)| link.split('"').next());
        path.unwrap_or_else(|| panic!("no {name:?} on the page: {page}"))
            .to_owned()
    }

    /// Follows the page's link to begin an update; the connection stays open for the answer.
    #[track_caller]
    pub fn begin_update(&mut self) -> Conn {
        let path = self.link("begin update");
        self.pull(&path)
    }

    /// Asks port 88 for `path`; the connection stays open for the answer.
    #[track_caller]
    pub fn pull(&mut self, path: &str) -> Conn {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n\r\n");
        self.open(88, request.as_bytes())
    }

    /// The station.
    pub fn station(&mut self) -> &mut d1_emulator::air::Station {
        self.machine.air().station(self.station)
    }
}
