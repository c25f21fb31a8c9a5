//! The access point as stations meet it: each test is one behaviour, from the outside.

mod beacons;
mod data_frames;
mod joining;
mod leaving;
mod power_save;
mod security;

use super::stations::{ANSWER_TIME, INACTIVITY};
use super::*;
use crate::config::{Channel, Ssid};
use crate::mac::frame::{association, authentication, data, probe, SequenceControl, StatusCode};
use crate::wpa2::TemporalKey;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;

const ACCESS_POINT: MacAddress = MacAddress([0x5E, 0xCF, 0x7F, 0xDD, 0xEE, 0x0A]);
const STRANGER: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xEE]);
const SECOND: u64 = 1_000_000;

fn station(number: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0, number])
}

fn ssid() -> Ssid {
    Ssid::new(b"D1-OTA-DDEE0A").unwrap()
}

fn access_point() -> AccessPoint {
    let config = Config {
        ssid: ssid(),
        channel: Channel::new(6).unwrap(),
        key: None,
    };
    AccessPoint::new(config, ACCESS_POINT, 0)
}

/// What the access point sent, and how.
#[derive(Debug)]
struct Sent {
    queue: Queue,
    delivery: Delivery,
    frame: Vec<u8>,
}

impl Sent {
    fn header(&self) -> Header<&[u8]> {
        Header::new_checked(&self.frame[..]).unwrap()
    }
}

/// Takes up to `room` frames, each written into a buffer full of 0xA5.
struct Air {
    sent: Vec<Sent>,
    room: usize,
    /// What was put into the key table.
    keys: BTreeMap<u8, Option<(MacAddress, u8, TemporalKey)>>,
}

impl Air {
    fn new() -> Air {
        Air {
            sent: vec![],
            room: usize::MAX,
            keys: BTreeMap::new(),
        }
    }

    /// The one frame that was sent since the last look.
    #[track_caller]
    fn only(&mut self) -> Sent {
        assert_eq!(self.sent.len(), 1, "{:?}", self.sent);
        self.sent.remove(0)
    }

    #[track_caller]
    fn expect_silence(&self) {
        assert!(self.sent.is_empty(), "{:?}", self.sent);
    }

    /// The one frame that was sent is of this kind, to this receiver, for this reason.
    #[track_caller]
    fn expect_departure(&mut self, kind: Kind, receiver: MacAddress, reason: ReasonCode) {
        let sent = self.only();
        let header = sent.header();
        assert_eq!((header.kind(), header.receiver()), (kind, receiver));
        assert_eq!(
            departure::Repr::parse(header.body()).unwrap().reason,
            reason
        );
    }
}

impl Outbox for Air {
    fn push(
        &mut self,
        queue: Queue,
        delivery: Delivery,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> bool {
        if self.sent.len() >= self.room {
            return false;
        }
        let mut frame = vec![0xA5; len];
        fill(&mut frame);
        self.sent.push(Sent {
            queue,
            delivery,
            frame,
        });
        true
    }

    fn has_data_for(&self, station: MacAddress) -> bool {
        let mut data = self.sent.iter().filter(|sent| sent.queue == Queue::Data);
        data.any(|sent| sent.header().receiver() == station)
    }

    fn has_group_data(&self) -> bool {
        let mut data = self.sent.iter().filter(|sent| sent.queue == Queue::Data);
        data.any(|sent| sent.header().receiver().is_multicast())
    }

    fn set_key(&mut self, entry: u8, key: Option<Key<'_>>) {
        self.keys
            .insert(entry, key.map(|key| (key.station, key.id, *key.bytes)));
    }

    fn random(&mut self) -> u32 {
        self.keys.len() as u32
    }
}

/// A management frame from a station to the access point.
fn management(kind: Kind, from: MacAddress, body: &[u8]) -> Vec<u8> {
    let header = HeaderRepr {
        kind,
        flags: Flags::NONE,
        duration: 0,
        receiver: ACCESS_POINT,
        transmitter: from,
        address_3: ACCESS_POINT,
        sequence: SequenceControl(0),
    };
    let mut frame = vec![0xA5; header::HEADER_LEN];
    header.emit(&mut frame);
    frame.extend(body);
    frame
}

fn probe_request(from: MacAddress, ssid: Option<Ssid>) -> Vec<u8> {
    let request = probe::Repr { ssid };
    let mut body = vec![0; request.buffer_len()];
    request.emit(&mut body);
    let mut frame = management(Kind::ProbeRequest, from, &body);
    frame[4..10].fill(0xFF);
    frame[16..22].fill(0xFF);
    frame
}

fn authentication_request(from: MacAddress, algorithm: u16, transaction: u16) -> Vec<u8> {
    let mut body = [0; authentication::BODY_LEN];
    authentication::Repr {
        algorithm,
        transaction,
        status: StatusCode::SUCCESS,
    }
    .emit(&mut body);
    management(Kind::Authentication, from, &body)
}

fn association_request(from: MacAddress, ssid: Option<Ssid>, again: bool) -> Vec<u8> {
    let request = association::Request {
        listen_interval: 1,
        current_access_point: again.then_some(STRANGER),
        ssid,
        has_basic_rates: true,
        rsn: None,
    };
    let mut body = vec![0; request.buffer_len()];
    request.emit(&mut body);
    let kind = if again {
        Kind::ReassociationRequest
    } else {
        Kind::AssociationRequest
    };
    management(kind, from, &body)
}

/// A data frame from a station through the access point, with four bytes of payload.
fn data_frame(from: MacAddress, to: MacAddress, sequence: u16) -> Vec<u8> {
    let llc = [0xAA, 0xAA, 3, 0, 0, 0, 0x08, 0x00, 1, 2, 3, 4];
    let mut frame = management(Kind::Data, from, &llc);
    frame[1] = Flags::TO_DS.0;
    frame[16..22].copy_from_slice(to.as_bytes());
    frame[22..24].copy_from_slice(&SequenceControl::unfragmented(sequence).0.to_le_bytes());
    frame
}

fn retried(mut frame: Vec<u8>) -> Vec<u8> {
    frame[1] |= Flags::RETRY.0;
    frame
}

#[track_caller]
fn authenticate(access_point: &mut AccessPoint, from: MacAddress, now: u64) {
    let mut air = Air::new();
    let request = authentication_request(from, authentication::OPEN_SYSTEM, 1);
    access_point.receive(&request, now, &mut air);
    let sent = air.only();
    let response = authentication::Repr::parse(sent.header().body()).unwrap();
    assert_eq!(response.status, StatusCode::SUCCESS);
}

/// Associates and returns what came back.
#[track_caller]
fn associate(access_point: &mut AccessPoint, from: MacAddress, now: u64) -> association::Response {
    let mut air = Air::new();
    let request = association_request(from, Some(ssid()), false);
    assert_eq!(access_point.receive(&request, now, &mut air), Verdict::Done);
    let sent = air.only();
    assert_eq!(sent.header().kind(), Kind::AssociationResponse);
    association::Response::parse(sent.header().body()).unwrap()
}

#[track_caller]
fn join(access_point: &mut AccessPoint, from: MacAddress, now: u64) {
    authenticate(access_point, from, now);
    let response = associate(access_point, from, now);
    assert_eq!(response.status, StatusCode::SUCCESS);
}

fn is_joined(access_point: &AccessPoint, address: MacAddress) -> bool {
    access_point.stations().any(|s| s.address == address)
}

proptest! {
    /// Whatever comes, from anybody, in whatever state: no panic, and what is answered is well-formed.
    #[test]
    fn any_frames_are_survived(
        frames in proptest::collection::vec((any::<u8>(), any::<u8>(), 0u8..4, proptest::collection::vec(any::<u8>(), 0..60)), 1..40),
    ) {
        let (mut access_point, mut air) = (access_point(), Air::new());
        join(&mut access_point, station(1), 0);
        authenticate(&mut access_point, station(2), 0);
        for (now, (kind, flags, from, body)) in frames.into_iter().enumerate() {
            let mut frame = management(Kind::from_byte(kind), station(from), &body);
            frame[1] = flags;
            access_point.receive(&frame, now as u64 * 100_000, &mut air);
            access_point.poll(now as u64 * 100_000, &mut air);
        }
        for sent in &air.sent {
            prop_assert!(Header::new_checked(&sent.frame[..]).is_ok());
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        access_point().receive(&bytes, 0, &mut Air::new());
    }
}
