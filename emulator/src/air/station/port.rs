//! smoltcp's network interface: queues of Ethernet frames.

use std::collections::VecDeque;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// Ethernet frames on their way in and out.
#[derive(Debug, Default)]
pub struct Port {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
    /// Frames that may still leave now.
    room: usize,
}

impl Port {
    /// Appends a frame that came in.
    pub fn push(&mut self, frame: Vec<u8>) {
        self.incoming.push_back(frame);
    }

    /// Forgets what came in.
    pub fn clear(&mut self) {
        self.incoming.clear();
    }

    /// Lets `room` more frames out; answers to frames that come in do not count.
    pub fn allow(&mut self, room: usize) {
        self.room = room;
    }

    /// Takes what goes out.
    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        self.outgoing.drain(..).collect()
    }
}

/// A frame that came in.
pub struct Incoming(Vec<u8>);
/// Room for one that goes out.
pub struct Outgoing<'a>(&'a mut Port);

impl RxToken for Incoming {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Outgoing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.0.room = self.0.room.saturating_sub(1);
        self.0.outgoing.push_back(frame);
        result
    }
}

impl Device for Port {
    type RxToken<'a> = Incoming;
    type TxToken<'a> = Outgoing<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Incoming, Outgoing<'_>)> {
        let frame = self.incoming.pop_front()?;
        Some((Incoming(frame), Outgoing(self)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Outgoing<'_>> {
        (self.room > 0).then_some(Outgoing(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}
