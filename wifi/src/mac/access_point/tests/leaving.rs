//! How stations go: by themselves, by force, by silence.

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
    // It starts over, from authentication.
    let frame = data_frame(station(1), ACCESS_POINT, 0);
    access_point.receive(&frame, INACTIVITY + 2 * ANSWER_TIME, &mut air);
    let reason = ReasonCode::CLASS_3_FROM_UNASSOCIATED;
    air.expect_departure(Kind::Deauthentication, station(1), reason);
}

#[test]
fn any_sign_of_life_keeps_a_station() {
    let acknowledgement = |access_point: &mut AccessPoint, now| {
        access_point.concluded(Queue::Data, station(1), true, 0, now);
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
