//! The access point's decisions: who is joined, and what each frame is answered with.
//!
//! A state machine without hardware: frames and the time come in as arguments, frames go out into an
//! [`Outbox`]. It knows nothing of queues' places, acknowledgement time-outs or smoltcp.
//!
//! A station is in one of the three states of 11.3.1: unknown; authenticated, that is in the `Lobby`;
//! associated, that is in `Stations`.

mod beacon_clock;
mod bridging;
mod joining;
mod outbox;
mod pace;
mod power_save;
mod security;
mod stations;
#[cfg(test)]
mod tests;

pub use beacon_clock::INTERVAL as BEACON_INTERVAL;
pub use outbox::{Delivery, Key, Outbox, Queue};
pub use pace::Pace;
pub use power_save::Gate;
pub use stations::MAX_STATIONS;

use super::frame::{
    beacon, departure, element::Tim, header, Flags, Header, HeaderRepr, Kind, PsPoll, Rate,
    ReasonCode, SequenceCounter,
};
use crate::config::{Channel, Config, Ssid};
use crate::wpa2::{self, Authenticator};
use crate::MacAddress;
use beacon_clock::{BeaconClock, INTERVAL_TIME_UNITS};
use security::Security;
use stations::{Lobby, Silence, Stations};

/// The least time between two refusals sent to stations that are not joined, in microseconds: whoever floods
/// us does not make us flood the air.
const REFUSAL_GAP: u64 = 50_000;

/// One joined station, for the status page and the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StationInfo {
    /// The station's address.
    pub address: MacAddress,
    /// Its association id, from 1.
    pub association_id: u16,
    /// When it joined, in the microseconds of [`super::SoftAp::poll`].
    pub joined_at: u64,
}

/// What is left to do with a received frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: it was answered, forwarded, a duplicate, or not for us.
    Done,
    /// It carries data for us: hand it up as an Ethernet frame.
    Deliver,
    /// Nothing, and count it: it was malformed.
    Malformed,
}

/// An access point, open or with a key.
pub struct AccessPoint {
    address: MacAddress,
    ssid: Ssid,
    channel: Channel,
    clock: BeaconClock,
    lobby: Lobby,
    stations: Stations,
    sequence: SequenceCounter,
    next_refusal: u64,
    /// The last beacon said that frames for all follow, and they have not all been sent.
    group_follows: bool,
    /// Nothing in an open network.
    security: Option<Security>,
}

impl AccessPoint {
    /// An access point that starts at `now`, in microseconds, with nobody joined.
    pub fn new(config: Config, address: MacAddress, now: u64) -> AccessPoint {
        let security = config
            .key
            .map(|key| Security::new(Authenticator::new(address, key)));
        AccessPoint {
            address,
            ssid: config.ssid,
            channel: config.channel,
            clock: BeaconClock::new(now),
            lobby: Lobby::default(),
            stations: Stations::default(),
            sequence: SequenceCounter::default(),
            next_refusal: now,
            group_follows: false,
            security,
        }
    }

    /// Tells stations that were joined before this start that they no longer are: otherwise they would notice
    /// only by their first refused frame.
    pub fn announce(&mut self, out: &mut impl Outbox) {
        let reason = ReasonCode::PREVIOUS_AUTHENTICATION_NOT_VALID;
        self.send_away(Kind::Deauthentication, MacAddress::BROADCAST, reason, out);
    }

    /// Sends the beacon if it is due, and with it looks after stations that fell silent. Says whether it was.
    /// Then runs the authenticator's timers.
    pub fn poll(&mut self, now: u64, out: &mut impl Outbox) -> bool {
        let is_due = self.clock.is_due(now);
        if is_due {
            self.send_beacon(now, out);
            self.look_after_silent_stations(now, out);
        }
        self.authenticate(out, |authenticator, door| authenticator.poll(now, door));
        is_due
    }

    /// When [`AccessPoint::poll`] has something to do next, in microseconds.
    pub fn next_deadline(&self) -> u64 {
        let beacon = self.clock.next();
        match &self.security {
            Some(security) => beacon.min(security.authenticator.next_deadline()),
            None => beacon,
        }
    }

    /// Whether data is encrypted.
    pub fn has_key(&self) -> bool {
        self.security.is_some()
    }

    /// What the authenticator has seen, if there is one.
    pub fn handshakes(&self) -> Option<wpa2::Counters> {
        let security = self.security.as_ref()?;
        Some(security.authenticator.counters())
    }

    /// The timestamp for a beacon or probe response that goes on the air at `now`.
    pub fn timestamp(&self, now: u64) -> u64 {
        self.clock.timestamp(now)
    }

    /// The joined stations: in a network with a key, those that have proven to know it.
    pub fn stations(&self) -> impl Iterator<Item = StationInfo> + '_ {
        let is_open = |address| match &self.security {
            Some(security) => security.authenticator.is_open(address),
            None => true,
        };
        let stations = self.stations.iter();
        let joined = stations.filter(move |(_, station)| is_open(station.address));
        joined.map(|(id, station)| StationInfo {
            address: station.address,
            association_id: id,
            joined_at: station.joined_at,
        })
    }

    /// Notes what became of a frame from `queue` to `receiver`: whether it was acknowledged, which is a sign of life,
    /// after so many `retries`.
    pub fn concluded(
        &mut self,
        queue: Queue,
        receiver: MacAddress,
        acknowledged: bool,
        retries: u8,
        now: u64,
    ) {
        if let Some(station) = self.stations.find(receiver) {
            if !acknowledged && station.is_unheard() {
                // It did not even acknowledge that it may join: there is nobody.
                self.stations.leave(receiver);
                return;
            }
            if queue == Queue::Data {
                station.pace.note(acknowledged, retries);
            }
            if acknowledged {
                station.heard(now);
            }
        }
    }

    /// Decides on a frame from the air (without its frame check sequence) and sends what it calls for.
    pub fn receive(&mut self, frame: &[u8], now: u64, out: &mut impl Outbox) -> Verdict {
        if let Some(poll) = PsPoll::parse(frame) {
            self.receive_poll(&poll, now, out);
            return Verdict::Done;
        }
        let Ok(header) = Header::new_checked(frame) else {
            return Verdict::Malformed;
        };
        if !header.transmitter().is_unicast() || header.transmitter() == self.address {
            return Verdict::Malformed;
        }
        let handled = match header.kind() {
            Kind::ProbeRequest => self.receive_probe(&header, now, out),
            kind if kind.is_data() => return self.receive_data(&header, now, out),
            _ if header.receiver() != self.address || header.address_3() != self.address => Ok(()),
            Kind::Authentication => self.receive_authentication(&header, out),
            Kind::AssociationRequest => self.receive_association(&header, false, now, out),
            Kind::ReassociationRequest => self.receive_association(&header, true, now, out),
            Kind::Deauthentication | Kind::Disassociation => self.receive_departure(&header, out),
            _ => Ok(()),
        };
        match handled {
            Ok(()) => Verdict::Done,
            Err(_) => Verdict::Malformed,
        }
    }

    /// Asks stations that were silent for long for a sign of life, and sends away those that gave none.
    fn look_after_silent_stations(&mut self, now: u64, out: &mut impl Outbox) {
        for place in 0..MAX_STATIONS {
            let Some(station) = *self.stations.at(place) else {
                continue;
            };
            match station.silence(now) {
                Silence::Short => {}
                // When the question finds no room it is asked with the next beacon.
                Silence::Long => {
                    let asked = self.send_null(station.address, out);
                    if let (true, Some(station)) = (asked, self.stations.at(place)) {
                        station.asked(now);
                    }
                }
                Silence::Final => {
                    *self.stations.at(place) = None;
                    let address = station.address;
                    self.authenticate(out, |it, door| it.leave(address, door));
                    let reason = ReasonCode::INACTIVITY;
                    self.send_away(Kind::Deauthentication, station.address, reason, out);
                }
            }
        }
    }

    fn send_beacon(&mut self, now: u64, out: &mut impl Outbox) {
        let tim = self.announce_traffic(out);
        let beacon = self.description(now, Some(tim));
        let header = self.header(Kind::Beacon, MacAddress::BROADCAST, 0);
        let len = header::HEADER_LEN + beacon.buffer_len();
        let delivery = Delivery::GROUP.with_timestamp();
        out.push(Queue::Beacon, delivery, len, |frame| {
            header.emit(frame);
            beacon.emit(&mut frame[header::HEADER_LEN..]);
        });
    }

    /// What a beacon or a probe response says about this network.
    fn description(&self, now: u64, tim: Option<Tim>) -> beacon::Repr {
        beacon::Repr {
            timestamp: self.clock.timestamp(now),
            interval: INTERVAL_TIME_UNITS,
            ssid: self.ssid,
            channel: self.channel,
            tim,
            has_key: self.has_key(),
        }
    }

    /// The rate of data to a station.
    fn rate_to(&mut self, station: MacAddress) -> Rate {
        let station = self.stations.find(station);
        station.map_or(Pace::NEW, |station| station.pace).rate()
    }

    /// Asks a station for a sign of life: an acknowledgement is one. So is a frame that waits for it. `false` when
    /// the queue is full.
    fn send_null(&mut self, station: MacAddress, out: &mut impl Outbox) -> bool {
        if out.has_data_for(station) {
            return true;
        }
        let delivery = Delivery::to_station(self.rate_to(station));
        let header = HeaderRepr {
            flags: Flags::FROM_DS,
            ..self.header(Kind::Null, station, delivery.duration())
        };
        out.push(Queue::Data, delivery, header.buffer_len(), |frame| {
            header.emit(frame)
        })
    }

    /// Sends a station away that is not joined, unless another was refused just now.
    fn refuse(
        &mut self,
        kind: Kind,
        station: MacAddress,
        reason: ReasonCode,
        now: u64,
        out: &mut impl Outbox,
    ) {
        if now >= self.next_refusal {
            self.next_refusal = now + REFUSAL_GAP;
            self.send_away(kind, station, reason, out);
        }
    }

    fn send_away(
        &mut self,
        kind: Kind,
        receiver: MacAddress,
        reason: ReasonCode,
        out: &mut impl Outbox,
    ) {
        let delivery = if receiver.is_multicast() {
            Delivery::GROUP
        } else {
            Delivery::to_station(Rate::Mbps1)
        };
        let len = departure::BODY_LEN;
        self.send(kind, receiver, delivery, len, out, |body| {
            departure::Repr { reason }.emit(body)
        });
    }

    fn answer(
        &mut self,
        kind: Kind,
        station: MacAddress,
        body_len: usize,
        out: &mut impl Outbox,
        body: impl FnOnce(&mut [u8]),
    ) {
        let delivery = Delivery::to_station(Rate::Mbps1);
        self.send(kind, station, delivery, body_len, out, body);
    }

    /// Queues a management frame with a body of `body_len` bytes, which `body` writes.
    fn send(
        &mut self,
        kind: Kind,
        receiver: MacAddress,
        delivery: Delivery,
        body_len: usize,
        out: &mut impl Outbox,
        body: impl FnOnce(&mut [u8]),
    ) {
        let header = self.header(kind, receiver, delivery.duration());
        let len = header::HEADER_LEN + body_len;
        out.push(Queue::Management, delivery, len, |frame| {
            header.emit(frame);
            body(&mut frame[header::HEADER_LEN..]);
        });
    }

    /// The header of a frame from the access point itself.
    fn header(&mut self, kind: Kind, receiver: MacAddress, duration: u16) -> HeaderRepr {
        HeaderRepr {
            kind,
            flags: Flags::NONE,
            duration,
            receiver,
            transmitter: self.address,
            address_3: self.address,
            sequence: self.sequence.advance(),
        }
    }
}
