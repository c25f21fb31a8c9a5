//! Beacons: when they go out and what is in them.

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
        assert_eq!(body.tim, Some(Tim::default()));
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
