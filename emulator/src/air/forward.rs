//! Host ports onto the emulated network: real sockets on one side, a station on the other.
//!
//! 127.0.0.1:PAGE leads to the device's port 80 and PAGE + 8 to its port 88, as the status page's
//! link expects; what the device opens to the station's port 8888 goes to the image server. Nothing here blocks:
//! the caller polls between slices of emulated time.

mod relay;

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::Duration;

use super::station::{Conn, Station};
use crate::time::Time;
use relay::{Relay, Verdict};

/// The device's status page.
pub const PAGE: u16 = 80;
/// The device's update trigger.
pub const TRIGGER: u16 = 88;
/// Where the device expects the image server.
pub const SERVER: u16 = 8888;
/// How long a browser's connection waits for the device to come up, in emulated time.
const PATIENCE: Time = Time::from_micros(30_000_000);
/// For the connection to a server on another host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A browser's connection that has no device yet.
struct Visitor {
    host: TcpStream,
    port: u16,
    since: Time,
}

/// A device's connection that has no server yet.
struct Caller {
    conn: Conn,
    server: Receiver<io::Result<TcpStream>>,
}

/// All port forwards of one station.
pub struct Forwards {
    listeners: Vec<(TcpListener, u16)>,
    server: String,
    visitors: Vec<Visitor>,
    callers: Vec<Caller>,
    relays: Vec<Relay>,
    log: Vec<String>,
}

impl Forwards {
    /// Listens on 127.0.0.1:`page_port` and the port 8 above; `server` is HOST:PORT of the image server.
    ///
    /// Fails when a port is taken or `page_port` is above 65527.
    pub fn bind(page_port: u16, server: impl Into<String>) -> io::Result<Forwards> {
        let trigger_port = page_port
            .checked_add(8)
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "no port 8 above it"))?;
        let mut listeners = Vec::new();
        for (host_port, port) in [(page_port, PAGE), (trigger_port, TRIGGER)] {
            let listener =
                TcpListener::bind((Ipv4Addr::LOCALHOST, host_port)).map_err(|error| {
                    io::Error::new(error.kind(), format!("127.0.0.1:{host_port}: {error}"))
                })?;
            listener.set_nonblocking(true)?;
            listeners.push((listener, port));
        }
        Ok(Forwards {
            listeners,
            server: server.into(),
            visitors: Vec::new(),
            callers: Vec::new(),
            relays: Vec::new(),
            log: Vec::new(),
        })
    }

    /// Moves what can be moved; returns whether anything did. `now` is the emulated time.
    pub fn poll(&mut self, station: &mut Station, now: Time) -> bool {
        station.listen(SERVER);
        let moved = self.take_visitors(now)
            | self.lead_visitors(station, now)
            | self.take_callers(station)
            | self.lead_callers(station);
        self.relays.iter_mut().fold(moved, |moved, relay| {
            moved | (relay.poll(station) == Verdict::Moved)
        }) | self.drop_finished()
    }

    /// True while a connection is open: then slices of emulated time should be short.
    pub fn is_busy(&self) -> bool {
        !(self.visitors.is_empty() && self.callers.is_empty() && self.relays.is_empty())
    }

    /// Takes what should be told to the user.
    pub fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    fn take_visitors(&mut self, since: Time) -> bool {
        let before = self.visitors.len();
        for (listener, port) in &self.listeners {
            while let Ok((host, _)) = listener.accept() {
                if host.set_nonblocking(true).is_ok() {
                    let port = *port;
                    self.visitors.push(Visitor { host, port, since });
                }
            }
        }
        self.visitors.len() > before
    }

    /// Connects visitors once the station is on the device's network, and tells those who waited too long.
    fn lead_visitors(&mut self, station: &mut Station, now: Time) -> bool {
        if station.address().is_some() {
            let led = !self.visitors.is_empty();
            for visitor in self.visitors.drain(..) {
                let conn = station.connect(visitor.port);
                self.relays.push(Relay::to_device(visitor.host, conn));
            }
            return led;
        }
        let (waiting, tired): (Vec<_>, Vec<_>) = std::mem::take(&mut self.visitors)
            .into_iter()
            .partition(|visitor| now - visitor.since < PATIENCE);
        self.visitors = waiting;
        let any = !tired.is_empty();
        for visitor in tired {
            let text = "The emulated device has not brought up its Wi-Fi network.";
            self.relays.push(Relay::refusal(visitor.host, text));
        }
        any
    }

    fn take_callers(&mut self, station: &mut Station) -> bool {
        let before = self.callers.len();
        while let Some(conn) = station.accept(SERVER) {
            let (sender, server) = mpsc::channel();
            let address = self.server.clone();
            // Name resolution and connect block; the thread ends with either's result.
            std::thread::spawn(move || sender.send(connect(&address)));
            self.callers.push(Caller { conn, server });
        }
        self.callers.len() > before
    }

    fn lead_callers(&mut self, station: &mut Station) -> bool {
        let mut led = false;
        let mut waiting = Vec::new();
        for caller in self.callers.drain(..) {
            match caller.server.try_recv() {
                Ok(Ok(host)) => self.relays.push(Relay::from_device(host, caller.conn)),
                Ok(Err(error)) => {
                    self.log
                        .push(format!("image server {}: {error}", self.server));
                    station.abort(caller.conn);
                }
                Err(TryRecvError::Disconnected) => station.abort(caller.conn),
                Err(TryRecvError::Empty) => {
                    waiting.push(caller);
                    continue;
                }
            }
            led = true;
        }
        self.callers = waiting;
        led
    }

    fn drop_finished(&mut self) -> bool {
        let before = self.relays.len();
        self.relays.retain(|relay| !relay.is_finished());
        self.relays.len() < before
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "no such host");
    for address in address.to_socket_addrs()?.collect::<Vec<SocketAddr>>() {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => {
                stream.set_nonblocking(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests;
