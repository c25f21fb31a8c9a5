//! Stations that sleep: what the beacon says, and what may be sent when.

use super::*;

/// A null frame from a station that sleeps behind it, or no longer does.
fn null(number: u8, sleeps: bool) -> Vec<u8> {
    let mut flags = Flags::TO_DS;
    if sleeps {
        flags = flags.with(Flags::POWER_MANAGEMENT);
    }
    let header = HeaderRepr {
        kind: Kind::Null,
        flags,
        duration: 0,
        receiver: ACCESS_POINT,
        transmitter: station(number),
        address_3: ACCESS_POINT,
        sequence: SequenceControl::default(),
    };
    let mut frame = vec![0xA5; header.buffer_len()];
    header.emit(&mut frame);
    frame
}

fn poll(number: u8) -> Vec<u8> {
    let mut frame = vec![0xA4, 0x10, number, 0xC0];
    frame.extend(ACCESS_POINT.0);
    frame.extend(station(number).0);
    frame
}

/// An access point with stations 1 to 3 joined, and the first one asleep.
fn one_sleeps() -> (AccessPoint, Air) {
    let (mut access_point, mut air) = (access_point(), Air::new());
    for number in 1..=3 {
        join(&mut access_point, station(number), 0);
    }
    let verdict = access_point.receive(&null(1, true), 0, &mut air);
    assert_eq!(verdict, Verdict::Done);
    air.expect_silence();
    (access_point, air)
}

/// Has a data frame wait in the queue.
fn wait(air: &mut Air, receiver: MacAddress) {
    let header = HeaderRepr {
        kind: Kind::Data,
        flags: Flags::FROM_DS,
        duration: 0,
        receiver,
        transmitter: ACCESS_POINT,
        address_3: ACCESS_POINT,
        sequence: SequenceControl::default(),
    };
    air.push(Queue::Data, Delivery::GROUP, header.buffer_len(), |frame| {
        header.emit(frame)
    });
}

/// The map in the beacon that goes out now.
fn tim(access_point: &mut AccessPoint, air: &mut Air) -> Tim {
    let due = access_point.next_deadline();
    assert!(access_point.poll(due, air));
    let beacon = air.sent.pop().unwrap();
    let header = beacon.header();
    assert_eq!(header.kind(), Kind::Beacon);
    beacon::Repr::parse(header.body()).unwrap().tim.unwrap()
}

#[test]
fn the_beacon_names_who_sleeps_and_has_frames_waiting() {
    let (mut access_point, mut air) = one_sleeps();
    assert_eq!(tim(&mut access_point, &mut air), Tim::default());
    wait(&mut air, station(1));
    wait(&mut air, station(2));
    let expected = Tim {
        group: false,
        stations: 1 << 1,
    };
    assert_eq!(tim(&mut access_point, &mut air), expected);
    access_point.receive(&null(1, false), 0, &mut air);
    assert_eq!(tim(&mut access_point, &mut air), Tim::default());
}

#[test]
fn a_frame_waits_until_its_receiver_is_awake() {
    let (mut access_point, mut air) = one_sleeps();
    assert!(!access_point.may_send(station(1)));
    assert!(access_point.may_send(station(2)));
    assert!(access_point.may_send(station(99)), "nobody to wait for");
    access_point.receive(&null(1, false), 0, &mut air);
    assert!(access_point.may_send(station(1)));
    assert!(!access_point.sends(station(1), true), "it listens anyway");
    // Joining again is waking up.
    access_point.receive(&null(1, true), 0, &mut air);
    join(&mut access_point, station(1), 0);
    assert!(access_point.may_send(station(1)));
}

#[test]
fn a_poll_is_good_for_one_frame() {
    let (mut access_point, mut air) = one_sleeps();
    wait(&mut air, station(1));
    access_point.receive(&poll(1), 0, &mut air);
    assert_eq!(air.sent.len(), 1, "one waits already");
    assert!(access_point.may_send(station(1)));
    assert!(access_point.sends(station(1), true), "more are waiting");
    assert!(!access_point.may_send(station(1)));
    assert!(tim(&mut access_point, &mut air).stations == 1 << 1);
}

#[test]
fn a_poll_for_nothing_is_answered_with_nothing() {
    let (mut access_point, mut air) = one_sleeps();
    access_point.receive(&poll(1), 0, &mut air);
    let sent = air.only();
    assert_eq!(sent.header().kind(), Kind::Null);
    assert_eq!(sent.header().receiver(), station(1));
    // A stranger gets none.
    access_point.receive(&poll(99), 0, &mut air);
    air.expect_silence();
}

#[test]
fn frames_for_all_follow_the_beacon_while_anybody_sleeps() {
    let (mut access_point, mut air) = one_sleeps();
    assert!(!access_point.may_send(MacAddress::BROADCAST));
    wait(&mut air, MacAddress::BROADCAST);
    assert!(tim(&mut access_point, &mut air).group);
    assert!(access_point.may_send(MacAddress::BROADCAST));
    assert!(access_point.sends(MacAddress::BROADCAST, true));
    assert!(access_point.may_send(MacAddress::BROADCAST));
    assert!(
        !access_point.sends(MacAddress::BROADCAST, false),
        "the last"
    );
    assert!(!access_point.may_send(MacAddress::BROADCAST));
    access_point.receive(&null(1, false), 0, &mut air);
    assert!(access_point.may_send(MacAddress::BROADCAST));
}

#[test]
fn other_stations_do_not_fill_the_queue_for_one_that_sleeps() {
    let (mut access_point, mut air) = one_sleeps();
    for sequence in 0..5 {
        let frame = data_frame(station(2), station(1), sequence);
        assert_eq!(access_point.receive(&frame, 0, &mut air), Verdict::Done);
    }
    assert_eq!(air.only().header().receiver(), station(1));
}
