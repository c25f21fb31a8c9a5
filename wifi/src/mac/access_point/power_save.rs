//! Stations that sleep between beacons, and the frames that wait for them (11.2.3).
//!
//! A frame for a station that sleeps stays in its queue, and the beacon's traffic indication map names the
//! station. It is sent when the station asks for it (PS-Poll), or shows that it is awake (a frame without the power
//! management flag). As long as anybody sleeps, frames for all wait for the next beacon.

use super::super::frame::element::Tim;
use super::super::frame::PsPoll;
use super::super::MacAddress;
use super::{AccessPoint, Outbox};

/// Decides which frames may leave the data queue.
pub trait Gate {
    /// Whether a frame for `receiver` may be sent now.
    fn may_send(&self, receiver: MacAddress) -> bool;

    /// A frame for `receiver` is being sent; `more` of them wait. Whether it has to say so.
    fn sends(&mut self, receiver: MacAddress, more: bool) -> bool;
}

impl Gate for AccessPoint {
    fn may_send(&self, receiver: MacAddress) -> bool {
        if receiver.is_multicast() {
            return self.group_follows || !self.stations.iter().any(|(_, it)| it.sleeps);
        }
        self.stations
            .get(receiver)
            .is_none_or(|station| !station.sleeps || station.polls)
    }

    fn sends(&mut self, receiver: MacAddress, more: bool) -> bool {
        if receiver.is_multicast() {
            self.group_follows &= more;
            return self.group_follows;
        }
        let Some(station) = self.stations.find(receiver) else {
            return false;
        };
        station.polls = false;
        station.sleeps && more
    }
}

impl AccessPoint {
    /// Lets the station have one frame, or the news that there is none.
    pub(super) fn receive_poll(&mut self, poll: &PsPoll, now: u64, out: &mut impl Outbox) {
        if poll.receiver != self.address {
            return;
        }
        let Some(station) = self.stations.find(poll.transmitter) else {
            return;
        };
        station.heard(now);
        station.sleeps = true;
        station.polls = true;
        self.send_null(poll.transmitter, out);
    }

    /// For whom frames wait, as the beacon that goes out now says it.
    pub(super) fn announce_traffic(&mut self, out: &impl Outbox) -> Tim {
        let sleepers = self.stations.iter().filter(|(_, station)| station.sleeps);
        let mut tim = Tim::default();
        for (id, station) in sleepers {
            tim.stations |= u16::from(out.has_data_for(station.address)) << id;
            tim.group = out.has_group_data();
        }
        self.group_follows = tim.group;
        tim
    }
}
