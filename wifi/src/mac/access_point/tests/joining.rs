//! How stations come: probing, authenticating, associating.

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
        assert_eq!((body.ssid, body.tim), (ssid(), None));
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
