//! Data: delivered, forwarded, refused.

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
