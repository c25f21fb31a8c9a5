//! Where the access point's frames go: bounded queues, of which it knows only whether they are full.

use super::super::frame::Rate;

/// Which queue a frame waits in. Earlier ones are sent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// The next beacon: one place.
    Beacon,
    /// Answers and orders to stations: short frames.
    Management,
    /// Data and null frames.
    Data,
}

/// How a frame is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// One receiver acknowledges it; without an acknowledgement it is sent again.
    pub acknowledged: bool,
    /// The rate on the air.
    pub rate: Rate,
    /// It carries a timestamp, to be set when it goes on the air.
    pub timestamped: bool,
}

impl Delivery {
    /// To everybody: at the rate everybody understands, and nobody acknowledges.
    pub const GROUP: Delivery = Delivery {
        acknowledged: false,
        rate: Rate::Mbps1,
        timestamped: false,
    };

    /// To one station, at this rate.
    pub const fn to_station(rate: Rate) -> Delivery {
        Delivery {
            acknowledged: true,
            rate,
            timestamped: false,
        }
    }

    /// The same, with a timestamp to set.
    pub const fn with_timestamp(self) -> Delivery {
        Delivery {
            timestamped: true,
            ..self
        }
    }

    /// The duration field of the frame, in microseconds.
    pub const fn duration(self) -> u16 {
        if self.acknowledged {
            self.rate.acknowledgement_duration()
        } else {
            0
        }
    }
}

/// Takes the access point's frames.
pub trait Outbox {
    /// Has `fill` write a frame of `len` bytes into `queue`, or says `false` when there is no room: then the
    /// frame is lost, as it could be on the air.
    fn push(
        &mut self,
        queue: Queue,
        delivery: Delivery,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> bool;
}
