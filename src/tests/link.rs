//! The air between one device and one station: two queues of Ethernet frames.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::vec::Vec;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::EthernetAddress;

use crate::firmware::AccessPoint;

pub const DEVICE: EthernetAddress = EthernetAddress([0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0xAA]);
pub const STATION: EthernetAddress = EthernetAddress([0x02, 0, 0, 0, 0, 1]);

#[derive(Default)]
struct Queues {
    to_device: VecDeque<Vec<u8>>,
    to_station: VecDeque<Vec<u8>>,
    has_left: bool,
    /// No beacon goes out.
    is_silent: bool,
    /// TCP ports of the station whose packets are lost, both ways.
    lost_ports: Vec<u16>,
}

impl Queues {
    /// Whether nobody hears the frame. TCP ports follow headers of 14 and 20 bytes.
    fn loses(&self, frame: &[u8]) -> bool {
        let is_lost = |port: &u16| {
            let port = port.to_be_bytes();
            frame.len() > 38 && (frame[34..36] == port || frame[36..38] == port)
        };
        self.has_left || self.lost_ports.iter().any(is_lost)
    }
}

#[derive(Clone)]
pub struct Link(Rc<RefCell<Queues>>);

impl Link {
    pub fn new() -> Link {
        Link(Rc::default())
    }

    pub fn access_point(&self) -> Side {
        Side {
            link: self.clone(),
            is_device: true,
        }
    }

    pub fn station(&self) -> Side {
        Side {
            link: self.clone(),
            is_device: false,
        }
    }

    pub fn has_frames_for_device(&self) -> bool {
        !self.0.borrow().to_device.is_empty()
    }

    pub fn is_quiet(&self) -> bool {
        let queues = self.0.borrow();
        queues.to_device.is_empty() && queues.to_station.is_empty()
    }

    /// The station leaves or comes back. While it is away, nothing arrives.
    pub fn set_left(&self, has_left: bool) {
        self.0.borrow_mut().has_left = has_left;
        self.clear();
    }

    /// Beacons stop, or go out again.
    pub fn set_silent(&self, is_silent: bool) {
        self.0.borrow_mut().is_silent = is_silent;
    }

    /// From now on whatever is sent to or from that TCP port of the station is lost.
    pub fn lose(&self, port: u16) {
        self.0.borrow_mut().lost_ports.push(port);
        self.clear();
    }

    /// Puts a frame on the air that the station's stack knows nothing of.
    pub fn inject(&self, frame: Vec<u8>) {
        self.0.borrow_mut().to_device.push_back(frame);
    }

    pub fn clear(&self) {
        let mut queues = self.0.borrow_mut();
        queues.to_device.clear();
        queues.to_station.clear();
    }
}

/// One end.
pub struct Side {
    link: Link,
    is_device: bool,
}

pub struct Received(Vec<u8>);

impl RxToken for Received {
    fn consume<T, F: FnOnce(&[u8]) -> T>(self, f: F) -> T {
        f(&self.0)
    }
}

pub struct Sending(Side);

impl TxToken for Sending {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, len: usize, f: F) -> T {
        // What is not overwritten shows.
        let mut frame = vec![0xA5; len];
        let result = f(&mut frame);
        let mut queues = self.0.link.0.borrow_mut();
        if !queues.loses(&frame) {
            match self.0.is_device {
                true => queues.to_station.push_back(frame),
                false => queues.to_device.push_back(frame),
            }
        }
        result
    }
}

impl Side {
    fn sending(&self) -> Sending {
        Sending(Side {
            link: self.link.clone(),
            is_device: self.is_device,
        })
    }
}

impl Device for Side {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending;

    fn receive(&mut self, _: Instant) -> Option<(Received, Sending)> {
        let mut queues = self.link.0.borrow_mut();
        let frame = match self.is_device {
            true => queues.to_device.pop_front(),
            false => queues.to_station.pop_front(),
        };
        frame.map(|frame| (Received(frame), self.sending()))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending> {
        Some(self.sending())
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

impl AccessPoint for Side {
    fn poll(&mut self, _: Instant) {}

    fn deadline(&self) -> Instant {
        Instant::ZERO + Duration::from_secs(1_000_000)
    }

    fn address(&self) -> EthernetAddress {
        DEVICE
    }

    fn is_joined(&self, station: EthernetAddress) -> bool {
        station == STATION && !self.link.0.borrow().has_left
    }

    fn station_count(&self) -> usize {
        usize::from(self.is_joined(STATION))
    }

    fn is_beaconing(&self) -> bool {
        !self.link.0.borrow().is_silent
    }
}
