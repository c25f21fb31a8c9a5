//! The access point as stations meet it: each test is one behaviour, from the outside.

use super::stations::{ANSWER_TIME, INACTIVITY};
use super::*;
use crate::mac::frame::{association, authentication, data, probe, SequenceControl, StatusCode};
use crate::mac::{Channel, Ssid};
use proptest::prelude::*;
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
}

impl Air {
    fn new() -> Air {
        Air {
            sent: vec![],
            room: usize::MAX,
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

mod beacons {
    use super::*;

    #[test]
    fn a_beacon_goes_out_every_100_time_units() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        for beacon in 0..20_u64 {
            assert_eq!(access_point.next_deadline(), beacon * 102_400);
            access_point.poll(beacon * 102_400 - beacon.min(1), &mut air);
            if beacon > 0 {
                air.expect_silence();
            }
            access_point.poll(beacon * 102_400 + 3_000, &mut air);
            let sent = air.only();
            assert_eq!(sent.queue, Queue::Beacon);
            assert_eq!(sent.header().kind(), Kind::Beacon);
            assert_eq!(sent.header().receiver(), MacAddress::BROADCAST);
            assert!(!sent.delivery.acknowledged && sent.delivery.timestamped);
            assert_eq!(sent.delivery.rate, Rate::Mbps1);
            let body = beacon::Repr::parse(sent.header().body()).unwrap();
            assert_eq!((body.ssid, body.interval), (ssid(), 100));
            assert!(body.with_tim);
        }
    }

    #[test]
    fn a_full_queue_costs_a_beacon_and_not_the_grid() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        air.room = 0;
        access_point.poll(0, &mut air);
        assert_eq!(access_point.next_deadline(), BEACON_INTERVAL);
    }

    #[test]
    fn forty_nine_days_change_nothing() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        // Where a 32-bit count of microseconds wraps, and one of milliseconds.
        for wrap in [1_u64 << 32, (1 << 32) * 1000] {
            let before = wrap / BEACON_INTERVAL * BEACON_INTERVAL;
            access_point.poll(before, &mut air);
            access_point.poll(before + BEACON_INTERVAL, &mut air);
            assert_eq!(access_point.next_deadline(), before + 2 * BEACON_INTERVAL);
            let stamps: Vec<u64> = air
                .sent
                .drain(..)
                .map(|s| beacon::Repr::parse(s.header().body()).unwrap().timestamp)
                .collect();
            assert_eq!(stamps, [before, before + BEACON_INTERVAL]);
        }
    }

    #[test]
    fn every_frame_has_the_next_sequence_number() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        access_point.announce(&mut air);
        access_point.poll(0, &mut air);
        let request = probe_request(station(1), None);
        access_point.receive(&request, 0, &mut air);
        let numbers: Vec<u16> = air
            .sent
            .iter()
            .map(|s| s.header().sequence().number())
            .collect();
        assert_eq!(numbers, [0, 1, 2]);
    }
}

mod joining {
    use super::*;

    #[test]
    fn at_start_everybody_is_told_that_old_ties_are_void() {
        let mut air = Air::new();
        access_point().announce(&mut air);
        assert!(!air.sent[0].delivery.acknowledged);
        let reason = ReasonCode::PREVIOUS_AUTHENTICATION_NOT_VALID;
        air.expect_departure(Kind::Deauthentication, MacAddress::BROADCAST, reason);
    }

    #[test]
    fn a_probe_for_all_or_for_us_is_answered() {
        for wanted in [None, Some(ssid())] {
            let (mut access_point, mut air) = (access_point(), Air::new());
            let request = probe_request(station(1), wanted);
            assert_eq!(access_point.receive(&request, 5, &mut air), Verdict::Done);
            let sent = air.only();
            assert_eq!(sent.queue, Queue::Management);
            assert_eq!(sent.header().kind(), Kind::ProbeResponse);
            assert_eq!(sent.header().receiver(), station(1));
            assert!(sent.delivery.acknowledged && sent.delivery.timestamped);
            let body = beacon::Repr::parse(sent.header().body()).unwrap();
            assert_eq!((body.ssid, body.with_tim), (ssid(), false));
        }
    }

    #[test]
    fn a_probe_for_others_is_not_answered() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        let request = probe_request(station(1), Ssid::new(b"another"));
        access_point.receive(&request, 0, &mut air);
        let mut request = probe_request(station(1), None);
        request[4..10].copy_from_slice(STRANGER.as_bytes());
        access_point.receive(&request, 0, &mut air);
        let mut request = probe_request(station(1), None);
        request[16..22].copy_from_slice(STRANGER.as_bytes());
        access_point.receive(&request, 0, &mut air);
        air.expect_silence();
    }

    #[test]
    fn a_station_joins_in_two_exchanges() {
        let mut access_point = access_point();
        authenticate(&mut access_point, station(1), 10);
        assert_eq!(access_point.stations().count(), 0);
        let response = associate(&mut access_point, station(1), 20);
        assert_eq!(
            (response.status, response.association_id),
            (StatusCode::SUCCESS, 1)
        );
        let joined: Vec<StationInfo> = access_point.stations().collect();
        let expected = StationInfo {
            address: station(1),
            association_id: 1,
            joined_at: 20,
        };
        assert_eq!(joined, [expected]);
    }

    #[test]
    fn only_open_system_is_offered_and_only_its_first_frame_expected() {
        let refusal = |algorithm, transaction| {
            let (mut access_point, mut air) = (access_point(), Air::new());
            let request = authentication_request(station(1), algorithm, transaction);
            access_point.receive(&request, 0, &mut air);
            let response = authentication::Repr::parse(air.only().header().body()).unwrap();
            assert_eq!(response.transaction, transaction.wrapping_add(1));
            // It did not authenticate the station either.
            let request = association_request(station(1), Some(ssid()), false);
            access_point.receive(&request, 0, &mut air);
            assert_eq!(air.only().header().kind(), Kind::Deauthentication);
            response.status
        };
        assert_eq!(refusal(1, 1), StatusCode::ALGORITHM_NOT_SUPPORTED);
        assert_eq!(refusal(3, 1), StatusCode::ALGORITHM_NOT_SUPPORTED);
        assert_eq!(refusal(0, 2), StatusCode::SEQUENCE_OUT_OF_ORDER);
        assert_eq!(refusal(0, 0xFFFF), StatusCode::SEQUENCE_OUT_OF_ORDER);
    }

    #[test]
    fn whoever_has_not_authenticated_cannot_associate() {
        for again in [false, true] {
            let (mut access_point, mut air) = (access_point(), Air::new());
            let request = association_request(station(1), Some(ssid()), again);
            access_point.receive(&request, 0, &mut air);
            let reason = ReasonCode::CLASS_2_FROM_UNAUTHENTICATED;
            air.expect_departure(Kind::Deauthentication, station(1), reason);
            assert!(!is_joined(&access_point, station(1)));
        }
    }

    #[test]
    fn eight_stations_join_and_the_ninth_is_told_why_not() {
        let mut access_point = access_point();
        for number in 1..=8 {
            authenticate(&mut access_point, station(number), 0);
            let id = associate(&mut access_point, station(number), 0).association_id;
            assert_eq!(id, u16::from(number));
        }
        authenticate(&mut access_point, station(9), 0);
        let response = associate(&mut access_point, station(9), 0);
        assert_eq!(response.status, StatusCode::TOO_MANY_STATIONS);
        assert_eq!(response.association_id, 0);
        // The refused one may stay at the door, and gets the place of the first that leaves.
        let leaving = management(Kind::Disassociation, station(3), &[8, 0]);
        access_point.receive(&leaving, 0, &mut Air::new());
        let response = associate(&mut access_point, station(9), 0);
        assert_eq!(
            (response.status, response.association_id),
            (StatusCode::SUCCESS, 3)
        );
    }

    #[test]
    fn a_wrong_name_or_missing_rates_are_refused_with_their_status() {
        let mut access_point = access_point();
        authenticate(&mut access_point, station(1), 0);
        let mut status = |request: &[u8]| {
            let mut air = Air::new();
            access_point.receive(request, 0, &mut air);
            association::Response::parse(air.only().header().body())
                .unwrap()
                .status
        };
        let wrong = association_request(station(1), Ssid::new(b"other"), false);
        assert_eq!(status(&wrong), StatusCode::UNSPECIFIED_FAILURE);
        let nameless = association_request(station(1), None, false);
        assert_eq!(status(&nameless), StatusCode::UNSPECIFIED_FAILURE);
        let mut slow = association_request(station(1), Some(ssid()), false);
        let rates = slow.len() - element_tail();
        slow[rates..rates + 4].fill(0x02);
        assert_eq!(status(&slow), StatusCode::BASIC_RATES_NOT_SUPPORTED);
    }

    /// Bytes from the first supported rate to the end of an association request.
    fn element_tail() -> usize {
        crate::mac::frame::element::RATES_LEN - 2
    }

    #[test]
    fn asking_twice_gives_the_same_answer() {
        let mut access_point = access_point();
        authenticate(&mut access_point, station(1), 0);
        authenticate(&mut access_point, station(1), 0);
        let first = associate(&mut access_point, station(1), 0);
        let second = associate(&mut access_point, station(1), 0);
        assert_eq!(first, second);
        assert_eq!(access_point.stations().count(), 1);
    }

    #[test]
    fn authenticating_again_does_not_cost_the_association() {
        let mut access_point = access_point();
        join(&mut access_point, station(1), 0);
        authenticate(&mut access_point, station(1), 0);
        assert!(is_joined(&access_point, station(1)));
    }

    #[test]
    fn a_reassociation_is_answered_as_such() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        authenticate(&mut access_point, station(1), 0);
        let request = association_request(station(1), Some(ssid()), true);
        access_point.receive(&request, 0, &mut air);
        let sent = air.only();
        assert_eq!(sent.header().kind(), Kind::ReassociationResponse);
        let response = association::Response::parse(sent.header().body()).unwrap();
        assert_eq!(response.status, StatusCode::SUCCESS);
        assert!(is_joined(&access_point, station(1)));
    }

    #[test]
    fn requests_to_another_access_point_are_not_ours() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        for field in [4..10, 16..22] {
            let mut request = authentication_request(station(1), 0, 1);
            request[field].copy_from_slice(STRANGER.as_bytes());
            access_point.receive(&request, 0, &mut air);
        }
        air.expect_silence();
    }
}

mod leaving {
    use super::*;

    #[test]
    fn a_disassociated_station_may_associate_without_authenticating() {
        let mut access_point = access_point();
        join(&mut access_point, station(1), 0);
        let leaving = management(Kind::Disassociation, station(1), &[8, 0]);
        access_point.receive(&leaving, 0, &mut Air::new());
        assert!(!is_joined(&access_point, station(1)));
        let response = associate(&mut access_point, station(1), 0);
        assert_eq!(response.status, StatusCode::SUCCESS);
    }

    #[test]
    fn a_deauthenticated_station_starts_over() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        join(&mut access_point, station(1), 0);
        let leaving = management(Kind::Deauthentication, station(1), &[3, 0]);
        access_point.receive(&leaving, 0, &mut air);
        assert!(!is_joined(&access_point, station(1)));
        air.expect_silence();
        let request = association_request(station(1), Some(ssid()), false);
        access_point.receive(&request, 0, &mut air);
        let reason = ReasonCode::CLASS_2_FROM_UNAUTHENTICATED;
        air.expect_departure(Kind::Deauthentication, station(1), reason);
    }

    #[test]
    fn a_stranger_cannot_send_another_away() {
        let mut access_point = access_point();
        join(&mut access_point, station(1), 0);
        let leaving = management(Kind::Deauthentication, STRANGER, &[3, 0]);
        access_point.receive(&leaving, 0, &mut Air::new());
        assert!(is_joined(&access_point, station(1)));
    }

    #[test]
    fn data_from_a_stranger_is_answered_with_a_deauthentication() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        let frame = data_frame(STRANGER, ACCESS_POINT, 0);
        assert_eq!(access_point.receive(&frame, 0, &mut air), Verdict::Done);
        let reason = ReasonCode::CLASS_3_FROM_UNASSOCIATED;
        air.expect_departure(Kind::Deauthentication, STRANGER, reason);
    }

    #[test]
    fn data_from_a_merely_authenticated_station_is_answered_with_a_disassociation() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        authenticate(&mut access_point, station(1), 0);
        let frame = data_frame(station(1), ACCESS_POINT, 0);
        assert_eq!(access_point.receive(&frame, 0, &mut air), Verdict::Done);
        let reason = ReasonCode::CLASS_3_FROM_UNASSOCIATED;
        air.expect_departure(Kind::Disassociation, station(1), reason);
    }

    #[test]
    fn a_flood_from_strangers_is_refused_twenty_times_a_second_at_most() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        for now in (0..SECOND).step_by(1_000) {
            let from = station((now / 1_000 % 200) as u8);
            let frame = data_frame(from, ACCESS_POINT, 0);
            access_point.receive(&frame, now, &mut air);
        }
        assert_eq!(air.sent.len(), 20);
    }

    #[test]
    fn a_silent_station_is_asked_and_then_sent_away() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        join(&mut access_point, station(1), 0);
        access_point.poll(INACTIVITY - 1, &mut air);
        assert_eq!(air.only().header().kind(), Kind::Beacon);

        access_point.poll(INACTIVITY + BEACON_INTERVAL, &mut air);
        let asked = air.sent.pop().unwrap();
        assert_eq!(asked.header().kind(), Kind::Null);
        assert_eq!(asked.header().receiver(), station(1));
        assert!(asked.header().flags().contains(Flags::FROM_DS));
        assert!(asked.delivery.acknowledged);
        assert!(is_joined(&access_point, station(1)));

        air.sent.clear();
        access_point.poll(INACTIVITY + 2 * BEACON_INTERVAL + ANSWER_TIME, &mut air);
        air.sent.remove(0);
        let reason = ReasonCode::INACTIVITY;
        air.expect_departure(Kind::Deauthentication, station(1), reason);
        assert!(!is_joined(&access_point, station(1)));
    }

    #[test]
    fn any_sign_of_life_keeps_a_station() {
        let acknowledgement = |access_point: &mut AccessPoint, now| {
            access_point.acknowledged(station(1), now);
        };
        let null = |access_point: &mut AccessPoint, now| {
            let mut frame = data_frame(station(1), ACCESS_POINT, 0);
            frame[0] = Kind::Null.to_byte();
            frame.truncate(header::HEADER_LEN);
            let verdict = access_point.receive(&frame, now, &mut Air::new());
            assert_eq!(verdict, Verdict::Done);
        };
        for sign in [acknowledgement as fn(&mut AccessPoint, u64), null] {
            let (mut access_point, mut air) = (access_point(), Air::new());
            join(&mut access_point, station(1), 0);
            access_point.poll(INACTIVITY, &mut air);
            assert_eq!(air.sent.len(), 2, "beacon and question");
            sign(&mut access_point, INACTIVITY + 1_000);
            air.sent.clear();
            access_point.poll(INACTIVITY + 2 * ANSWER_TIME, &mut air);
            assert_eq!(air.only().header().kind(), Kind::Beacon);
            assert!(is_joined(&access_point, station(1)));
        }
    }

    #[test]
    fn a_station_that_could_not_be_asked_is_asked_later() {
        let (mut access_point, mut air) = (access_point(), Air::new());
        join(&mut access_point, station(1), 0);
        air.room = 0;
        access_point.poll(INACTIVITY, &mut air);
        air.room = usize::MAX;
        access_point.poll(INACTIVITY + 2 * ANSWER_TIME, &mut air);
        assert_eq!(air.sent[1].header().kind(), Kind::Null);
        assert!(is_joined(&access_point, station(1)));
    }
}

mod data_frames {
    use super::*;

    fn with_two_stations() -> AccessPoint {
        let mut access_point = access_point();
        join(&mut access_point, station(1), 0);
        join(&mut access_point, station(2), 0);
        access_point
    }

    #[test]
    fn data_for_us_is_delivered_once() {
        let (mut access_point, mut air) = (with_two_stations(), Air::new());
        let frame = data_frame(station(1), ACCESS_POINT, 7);
        let mut receive = |frame: &[u8]| access_point.receive(frame, 0, &mut air);
        assert_eq!(receive(&frame), Verdict::Deliver);
        assert_eq!(receive(&retried(frame.clone())), Verdict::Done);
        let next = data_frame(station(1), ACCESS_POINT, 8);
        assert_eq!(receive(&retried(next)), Verdict::Deliver);
        // The same numbers from another station are another frame.
        let other = data_frame(station(2), ACCESS_POINT, 8);
        assert_eq!(receive(&retried(other)), Verdict::Deliver);
        air.expect_silence();
    }

    #[test]
    fn group_data_is_delivered_and_sent_to_all() {
        let (mut access_point, mut air) = (with_two_stations(), Air::new());
        let frame = data_frame(station(1), MacAddress::BROADCAST, 0);
        assert_eq!(access_point.receive(&frame, 0, &mut air), Verdict::Deliver);
        let sent = air.only();
        let header = sent.header();
        assert_eq!(sent.queue, Queue::Data);
        assert_eq!(sent.delivery, Delivery::GROUP);
        assert_eq!(header.receiver(), MacAddress::BROADCAST);
        assert_eq!(header.transmitter(), ACCESS_POINT);
        assert_eq!(header.address_3(), station(1));
        assert_eq!(header.flags(), Flags::FROM_DS);
        assert_eq!(header.body(), &frame[header::HEADER_LEN..]);
    }

    #[test]
    fn data_for_another_station_is_sent_on_and_not_delivered() {
        let (mut access_point, mut air) = (with_two_stations(), Air::new());
        let frame = data_frame(station(1), station(2), 0);
        assert_eq!(access_point.receive(&frame, 0, &mut air), Verdict::Done);
        let sent = air.only();
        assert_eq!(sent.header().receiver(), station(2));
        assert_eq!(data::source(&sent.header()), station(1));
        assert!(sent.delivery.acknowledged);
    }

    #[test]
    fn data_for_nobody_here_goes_nowhere() {
        let (mut access_point, mut air) = (with_two_stations(), Air::new());
        for to in [STRANGER, station(1)] {
            let frame = data_frame(station(1), to, 0);
            assert_eq!(access_point.receive(&frame, 0, &mut air), Verdict::Done);
        }
        air.expect_silence();
    }

    #[test]
    fn data_from_other_networks_is_not_ours() {
        let (mut access_point, mut air) = (with_two_stations(), Air::new());
        let mut elsewhere = data_frame(STRANGER, ACCESS_POINT, 0);
        elsewhere[4..10].copy_from_slice(station(9).as_bytes());
        let mut from_another_access_point = data_frame(STRANGER, ACCESS_POINT, 0);
        from_another_access_point[1] = Flags::FROM_DS.0;
        for frame in [elsewhere, from_another_access_point] {
            assert_eq!(access_point.receive(&frame, 0, &mut air), Verdict::Done);
        }
        air.expect_silence();
    }

    #[test]
    fn what_cannot_become_ethernet_is_counted() {
        let (mut access_point, mut air) = (with_two_stations(), Air::new());
        let mut not_snap = data_frame(station(1), ACCESS_POINT, 0);
        not_snap[24] = 0x42;
        let mut fragment = data_frame(station(1), ACCESS_POINT, 1);
        fragment[1] |= Flags::MORE_FRAGMENTS.0;
        let from_a_group = data_frame(MacAddress::BROADCAST, ACCESS_POINT, 0);
        let from_ourselves = data_frame(ACCESS_POINT, ACCESS_POINT, 0);
        for frame in [not_snap, fragment, from_a_group, from_ourselves] {
            let verdict = access_point.receive(&frame, 0, &mut air);
            assert_eq!(verdict, Verdict::Malformed);
        }
        air.expect_silence();
    }

    #[test]
    fn ethernet_goes_to_stations_and_groups_that_can_hear_it() {
        let mut access_point = access_point();
        let encapsulate = |access_point: &mut AccessPoint, to: MacAddress| {
            let mut frame = [0xA5; data::ETHERNET_OFFSET + 20];
            frame[data::ETHERNET_OFFSET..][..6].copy_from_slice(to.as_bytes());
            frame[data::ETHERNET_OFFSET + 6..][..6].copy_from_slice(ACCESS_POINT.as_bytes());
            let delivery = access_point.encapsulate(&mut frame)?;
            let header = Header::new_checked(&frame[..]).unwrap();
            assert_eq!(header.receiver(), to);
            Some(delivery)
        };
        let group = MacAddress([1, 0, 0x5E, 0, 0, 1]);
        assert_eq!(encapsulate(&mut access_point, group), None, "nobody joined");
        join(&mut access_point, station(1), 0);
        assert_eq!(encapsulate(&mut access_point, group), Some(Delivery::GROUP));
        let delivery = encapsulate(&mut access_point, station(1)).unwrap();
        assert!(delivery.acknowledged);
        assert_eq!(encapsulate(&mut access_point, STRANGER), None);
    }
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
