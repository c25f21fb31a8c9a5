//! Where the access point's frames go: bounded queues, of which it knows only whether they are full.

use super::super::frame::Rate;
use super::super::MacAddress;
use crate::wpa2::TemporalKey;

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
    /// It is encrypted with the key in this entry of the MAC's table.
    pub key: Option<u8>,
}

impl Delivery {
    /// To everybody: at the rate everybody understands, and nobody acknowledges.
    pub const GROUP: Delivery = Delivery {
        acknowledged: false,
        rate: Rate::Mbps1,
        timestamped: false,
        key: None,
    };

    /// To one station, at this rate.
    pub const fn to_station(rate: Rate) -> Delivery {
        Delivery {
            acknowledged: true,
            rate,
            timestamped: false,
            key: None,
        }
    }

    /// The same, encrypted with the key in this entry.
    pub const fn with_key(self, entry: u8) -> Delivery {
        Delivery {
            key: Some(entry),
            ..self
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

/// A key for the MAC's table.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// Whose it is; the broadcast address for that of the group.
    pub station: MacAddress,
    /// Its number in the header of CCMP.
    pub id: u8,
    /// The key.
    pub bytes: &'a TemporalKey,
}

/// Takes the access point's frames, and its keys.
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

    /// Whether a data frame waits for this station.
    fn has_data_for(&self, station: MacAddress) -> bool;

    /// Whether a data frame waits for all.
    fn has_group_data(&self) -> bool;

    /// Puts a key into an entry of the MAC's table, or empties the entry.
    fn set_key(&mut self, entry: u8, key: Option<Key<'_>>);

    /// A random word.
    fn random(&mut self) -> u32;
}
