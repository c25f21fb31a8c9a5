//! One connection: bytes both ways, each direction closed on its own.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use super::super::station::{Conn, Station};

/// Bytes held in each direction before the other side has to wait.
const HOLD_LEN: usize = 32 * 1024;

/// Did anything happen?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Bytes moved, or a side was closed.
    Moved,
    /// Nothing to do.
    Still,
}

/// A host connection and a device connection, joined.
pub struct Relay {
    host: TcpStream,
    device: Option<Conn>,
    to_device: Vec<u8>,
    to_host: Vec<u8>,
    /// The host sends nothing more.
    host_ended: bool,
    /// The device sends nothing more.
    device_ended: bool,
    /// FIN went to the device.
    device_told: bool,
    /// FIN went to the host.
    host_told: bool,
    /// The device has answered something.
    answered: bool,
    /// A browser waits on the host side: a failure is told in HTTP.
    browser: bool,
}

impl Relay {
    fn new(host: TcpStream, device: Option<Conn>, browser: bool) -> Relay {
        Relay {
            host,
            device,
            to_device: Vec::new(),
            to_host: Vec::new(),
            host_ended: false,
            device_ended: false,
            device_told: false,
            host_told: false,
            answered: false,
            browser,
        }
    }

    /// A browser's connection to the device.
    pub fn to_device(host: TcpStream, device: Conn) -> Relay {
        Relay::new(host, Some(device), true)
    }

    /// The device's connection to the image server.
    pub fn from_device(host: TcpStream, device: Conn) -> Relay {
        Relay::new(host, Some(device), false)
    }

    /// A browser's connection that only gets an explanation.
    pub fn refusal(host: TcpStream, text: &str) -> Relay {
        let mut relay = Relay::new(host, None, true);
        relay.device_ended = true;
        relay.device_told = true;
        relay.explain(text);
        relay
    }

    /// True when nothing more can move.
    pub fn is_finished(&self) -> bool {
        self.device_told && self.host_told
    }

    /// Moves what can be moved without waiting.
    pub fn poll(&mut self, station: &mut Station) -> Verdict {
        let moved = self.read_host() | self.exchange(station) | self.write_host(station);
        match moved {
            true => Verdict::Moved,
            false => Verdict::Still,
        }
    }

    fn read_host(&mut self) -> bool {
        let mut moved = false;
        let mut buffer = [0; 4096];
        while !self.host_ended && self.to_device.len() < HOLD_LEN {
            match self.host.read(&mut buffer) {
                Ok(0) => self.host_ended = true,
                Ok(count) if self.device.is_some() => {
                    self.to_device.extend_from_slice(&buffer[..count]);
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => self.host_ended = true,
            }
            moved = true;
        }
        moved
    }

    fn exchange(&mut self, station: &mut Station) -> bool {
        let Some(conn) = self.device else {
            return false;
        };
        let taken = station.send(conn, &self.to_device);
        self.to_device.drain(..taken);
        let mut moved = taken > 0;
        if self.to_host.len() < HOLD_LEN {
            let bytes = station.recv(conn);
            moved |= !bytes.is_empty();
            self.answered |= !bytes.is_empty();
            self.to_host.extend(bytes);
        }
        if !self.device_ended && station.peer_closed(conn) {
            self.device_ended = true;
            moved = true;
            if self.browser && !self.answered && !station.is_open(conn) {
                self.explain("The emulated device refused the connection, or did not answer.");
            }
        }
        if !station.is_open(conn) {
            self.to_device.clear();
        }
        let done = self.host_ended || self.device_ended && !station.is_open(conn);
        if done && self.to_device.is_empty() && !self.device_told {
            station.close(conn);
            self.device_told = true;
            moved = true;
        }
        moved
    }

    fn write_host(&mut self, station: &mut Station) -> bool {
        let mut moved = false;
        while !self.to_host.is_empty() {
            match self.host.write(&self.to_host) {
                Ok(count @ 1..) => drop(self.to_host.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // The host is gone: its half ends here, and the device is told the hard way.
                _ => {
                    self.give_up(station);
                    return true;
                }
            }
            moved = true;
        }
        if self.device_ended && self.to_host.is_empty() && !self.host_told {
            // An error means that the host has already closed.
            let _ = self.host.shutdown(Shutdown::Write);
            self.host_told = true;
            moved = true;
        }
        moved
    }

    fn give_up(&mut self, station: &mut Station) {
        if let Some(conn) = self.device {
            station.abort(conn);
        }
        self.to_host.clear();
        self.host_ended = true;
        self.host_told = true;
        self.device_ended = true;
        self.device_told = true;
    }

    fn explain(&mut self, text: &str) {
        self.answered = true;
        self.to_host.extend(
            format!(
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{text}\n",
                text.len() + 1
            )
            .bytes(),
        );
    }
}
