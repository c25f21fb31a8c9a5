//! A network with a key: the authenticator at work on this access point, and the numbers of protected frames.
//!
//! Packet numbers are software's in both directions (docs/wifi-mac-registers.md, section 8): each frame sent
//! under a key gets the next one, and one received must have a greater one than all before it.

use super::super::frame::{ccmp, data, departure, header, HeaderRepr, Kind, Rate, ReasonCode};
use super::super::frame::{Flags, SequenceCounter};
use super::super::MacAddress;
use super::outbox::Key;
use super::stations::Stations;
use super::{AccessPoint, Delivery, Outbox, Queue};
use crate::wpa2::authenticator::MAX_STATIONS;
use crate::wpa2::{Authenticator, Port, TemporalKey, ETHERNET_TYPE};

/// The key table's first entry for one station's key; the one in place 0 has it.
const FIRST_PAIRWISE: u8 = 6;
/// The key table's entry for the group key with id 0.
const FIRST_GROUP: u8 = 3;
/// The id of every station's key.
const PAIRWISE_ID: u8 = 0;

/// What a network with a key has more than an open one.
pub struct Security {
    /// Who has proven to know the key.
    pub authenticator: Authenticator,
    /// The keys in the MAC's table.
    pub keys: Keys,
}

impl Security {
    /// With nobody joined.
    pub fn new(authenticator: Authenticator) -> Security {
        Security {
            authenticator,
            keys: Keys {
                links: [const { None }; MAX_STATIONS],
                group: None,
            },
        }
    }
}

/// The keys in the MAC's table, by their numbers; the keys themselves are only there.
pub struct Keys {
    links: [Option<Link>; MAX_STATIONS],
    group: Option<Group>,
}

/// A station that has a key in the table.
struct Link {
    station: MacAddress,
    /// Data may flow.
    is_open: bool,
    sent: u64,
    received: u64,
}

struct Group {
    id: u8,
    sent: u64,
}

impl Keys {
    /// How data to `destination` is sent and what is put in front of it; nothing when there is nobody who could
    /// read it.
    pub fn protect(
        &mut self,
        destination: MacAddress,
        rate: Rate,
    ) -> Option<(Delivery, ccmp::Repr)> {
        let (delivery, key_id, sent, entry) = if destination.is_multicast() {
            self.links.iter().flatten().find(|link| link.is_open)?;
            let group = self.group.as_mut()?;
            let entry = FIRST_GROUP + group.id;
            (Delivery::GROUP, group.id, &mut group.sent, entry)
        } else {
            let is = |link: &Option<Link>| {
                link.as_ref()
                    .is_some_and(|link| link.station == destination && link.is_open)
            };
            let place = self.links.iter().position(is)?;
            let link = self.links[place].as_mut()?;
            let delivery = Delivery::to_station(rate);
            let entry = FIRST_PAIRWISE + place as u8;
            (delivery, PAIRWISE_ID, &mut link.sent, entry)
        };
        *sent += 1;
        let number = *sent;
        Some((delivery.with_key(entry), ccmp::Repr { key_id, number }))
    }

    /// Whether a protected frame from `station` is to be taken: it has a key, and the frame's number is greater
    /// than that of any before it. `None` when not, else whether data may flow.
    pub fn accept(&mut self, station: MacAddress, protection: ccmp::Repr) -> Option<bool> {
        let mut links = self.links.iter_mut().flatten();
        let link = links.find(|link| link.station == station)?;
        if protection.key_id != PAIRWISE_ID || protection.number <= link.received {
            return None;
        }
        link.received = protection.number;
        Some(link.is_open)
    }
}

impl AccessPoint {
    /// Has the authenticator, if this network has one, do something.
    pub(super) fn authenticate<O: Outbox>(
        &mut self,
        out: &mut O,
        act: impl FnOnce(&mut Authenticator, &mut Door<'_, O>),
    ) {
        if let Some(Security {
            authenticator,
            keys,
        }) = &mut self.security
        {
            let mut door = Door {
                address: self.address,
                stations: &mut self.stations,
                sequence: &mut self.sequence,
                keys,
                out,
            };
            act(authenticator, &mut door);
        }
    }
}

/// The access point as the authenticator sees it.
pub struct Door<'a, O: Outbox> {
    address: MacAddress,
    stations: &'a mut Stations,
    sequence: &'a mut SequenceCounter,
    keys: &'a mut Keys,
    out: &'a mut O,
}

impl<O: Outbox> Port for Door<'_, O> {
    fn send(&mut self, station: MacAddress, len: usize, fill: impl FnOnce(&mut [u8])) {
        let rate = Rate::Mbps1;
        let (delivery, protection) = match self.keys.protect(station, rate) {
            Some((delivery, protection)) => (delivery, Some(protection)),
            None => (Delivery::to_station(rate), None),
        };
        let header = HeaderRepr {
            kind: Kind::Data,
            flags: data::flags(protection.is_some()),
            duration: delivery.duration(),
            receiver: station,
            transmitter: self.address,
            address_3: self.address,
            sequence: self.sequence.advance(),
        };
        let protection_len = protection.map_or(0, |_| ccmp::HEADER_LEN);
        let len = header::HEADER_LEN + protection_len + data::LLC_LEN + len;
        self.out.push(Queue::Data, delivery, len, |frame| {
            header.emit(frame);
            let body = data::emit_protection(&mut frame[header::HEADER_LEN..], protection);
            data::emit_llc(body, ETHERNET_TYPE);
            fill(&mut body[data::LLC_LEN..]);
        });
    }

    fn set_key(&mut self, place: usize, station: MacAddress, bytes: &TemporalKey) {
        self.keys.links[place] = Some(Link {
            station,
            is_open: false,
            sent: 0,
            received: 0,
        });
        let key = Key {
            station,
            id: PAIRWISE_ID,
            bytes,
        };
        self.out.set_key(FIRST_PAIRWISE + place as u8, Some(key));
    }

    fn open(&mut self, place: usize, _station: MacAddress, _key: &TemporalKey) {
        if let Some(link) = &mut self.keys.links[place] {
            link.is_open = true;
        }
    }

    fn close(&mut self, place: usize, _station: MacAddress) {
        self.keys.links[place] = None;
        self.out.set_key(FIRST_PAIRWISE + place as u8, None);
    }

    fn set_group_key(&mut self, id: u8, bytes: &TemporalKey) {
        let last = self.keys.group.replace(Group { id, sent: 0 });
        let key = Key {
            station: MacAddress::BROADCAST,
            id,
            bytes,
        };
        self.out.set_key(FIRST_GROUP + id, Some(key));
        if let Some(last) = last {
            self.out.set_key(FIRST_GROUP + last.id, None);
        }
    }

    fn group_sequence(&self) -> u64 {
        self.keys.group.as_ref().map_or(0, |group| group.sent)
    }

    fn expel(&mut self, station: MacAddress, reason: u16) {
        self.stations.leave(station);
        let delivery = Delivery::to_station(Rate::Mbps1);
        let header = HeaderRepr {
            kind: Kind::Deauthentication,
            flags: Flags::NONE,
            duration: delivery.duration(),
            receiver: station,
            transmitter: self.address,
            address_3: self.address,
            sequence: self.sequence.advance(),
        };
        let reason = ReasonCode(reason);
        let len = header::HEADER_LEN + departure::BODY_LEN;
        self.out.push(Queue::Management, delivery, len, |frame| {
            header.emit(frame);
            departure::Repr { reason }.emit(&mut frame[header::HEADER_LEN..]);
        });
    }

    fn random(&mut self) -> u32 {
        self.out.random()
    }
}
