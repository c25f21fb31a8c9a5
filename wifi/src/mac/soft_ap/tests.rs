//! The whole soft-AP over a modelled MAC: stations on the air on one side, a smoltcp stack on the other.

mod world;

use smoltcp::phy::{Device, RxToken as _, TxToken as _};
use smoltcp::time::Instant;
use std::vec;
use std::vec::Vec;

use super::super::access_point::MAX_STATIONS;
use super::super::frame::{Flags, Header, Kind};
use super::super::MacAddress;
use super::*;
use world::{data_frame, management, station, World, ACCESS_POINT};

const SECOND: u64 = 1_000_000;

#[test]
fn the_address_comes_from_the_efuses() {
    assert_eq!(World::new().soft_ap.address(), ACCESS_POINT);
}

#[test]
fn it_beacons_ten_times_a_second_and_says_so() {
    let mut world = World::new();
    assert!(!world.soft_ap.is_beaconing());
    world.run_for(10 * SECOND);
    let beacons = world.sent_of(Kind::Beacon).len();
    assert_eq!(beacons, 98);
    assert!(world.soft_ap.is_beaconing());
    world.hardware_is_silent = true;
    world.run_for(2 * SECOND);
    assert!(!world.soft_ap.is_beaconing());
    world.hardware_is_silent = false;
    world.run_for(SECOND);
    assert!(world.soft_ap.is_beaconing());
}

#[test]
fn a_poll_at_every_deadline_is_enough_for_the_beacons() {
    let mut world = World::new();
    for _ in 0..30 {
        world.poll_at(world.soft_ap.next_deadline());
        let sending = world.fake.sending();
        world.acknowledge_all();
        assert!(sending.is_some(), "the deadline had a reason");
    }
    let stamps: Vec<u64> = world
        .sent_of(Kind::Beacon)
        .iter()
        .map(|frame| u64::from_le_bytes(frame[24..32].try_into().unwrap()))
        .collect();
    assert!(stamps.len() >= 28);
    assert!(stamps.iter().all(|stamp| stamp % BEACON_INTERVAL == 0));
}

#[test]
fn the_interrupt_is_up_exactly_while_there_is_something_to_do() {
    let mut world = World::new();
    world.run_for(SECOND);
    assert!(!world.fake.interrupts());
    assert!(world
        .fake
        .hear(&data_frame(station(1), ACCESS_POINT, 0, &[])));
    assert!(world.fake.interrupts());
    // What `on_interrupt` does.
    world.fake.set_word(0x3FF2_0C18, 0);
    assert!(!world.fake.interrupts());
    world.poll_at(world.now);
    world.soft_ap.enable_wakeup();
    assert!(
        !world.fake.interrupts(),
        "the poll saw it though it was masked"
    );
    assert_eq!(world.soft_ap.counters().received, 1);
}

#[test]
fn eight_stations_join_and_the_ninth_does_not() {
    let mut world = World::new();
    for number in 1..=MAX_STATIONS as u8 {
        assert!(world.join(station(number)), "{number}");
    }
    assert!(!world.join(station(99)));
    let ids: Vec<u16> = world.soft_ap.stations().map(|s| s.association_id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7, 8]);
    let leaving = management(Kind::Deauthentication, station(4), &[3, 0]);
    world.hear(&leaving);
    assert_eq!(world.soft_ap.stations().count(), 7);
    assert!(world.join(station(99)));
}

#[test]
fn stations_of_an_earlier_run_are_told_to_join_again() {
    let mut world = World::new();
    world.run_for(10_000);
    let told = world.sent_of(Kind::Deauthentication);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0][4..10], [0xFF; 6]);
}

#[test]
fn a_ping_is_answered() {
    let mut world = World::new();
    world.join(station(1));
    assert_eq!(world.ping(station(1), 56), Some(56));
    assert_eq!(
        world.ping(station(1), 1400),
        Some(1400),
        "nearly a whole frame"
    );
}

#[test]
fn a_dhcp_sized_broadcast_reaches_a_socket_and_the_other_stations() {
    let mut world = World::new();
    world.join(station(1));
    world.join(station(2));
    world.sent.clear();
    world.send_datagram(station(1), MacAddress::BROADCAST, 67, &[0x42; 300]);
    world.run_for(20_000);
    assert_eq!(world.received_datagrams(), [vec![0x42; 300]]);
    let rebroadcast = world.sent_of(Kind::Data);
    assert_eq!(rebroadcast.len(), 1);
    let header = Header::new_checked(&rebroadcast[0][..]).unwrap();
    assert_eq!(header.receiver(), MacAddress::BROADCAST);
    assert_eq!(header.address_3(), station(1));
    // And a broadcast of our own goes to all stations.
    world.sent.clear();
    world.broadcast_datagram(&[0x24; 548]);
    world.run_for(20_000);
    assert_eq!(world.sent_of(Kind::Data).len(), 1);
}

#[test]
fn a_hundred_kilobytes_arrive_intact_over_a_bad_air() {
    let mut world = World::new();
    world.join(station(1));
    world.lost_per_cent = 20;
    let sent: Vec<u8> = (0..100_000_u32).map(|i| (i * 7 / 3) as u8).collect();
    assert_eq!(world.download(station(1), &sent), sent);
    let counters = world.soft_ap.counters();
    assert!(counters.retries > 20, "{counters:?}");
    assert_eq!(counters.dropped, 0, "{counters:?}");
}

#[test]
fn a_lost_acknowledgement_is_not_a_second_frame() {
    let mut world = World::new();
    world.join(station(1));
    let frame = data_frame(station(1), ACCESS_POINT, 7, &[1, 2, 3]);
    let mut again = frame.clone();
    again[1] |= Flags::RETRY.0;
    world.hear(&frame);
    world.hear(&again);
    world.hear(&again);
    let mut delivered = 0;
    while let Some((received, _)) = world.soft_ap.receive(Instant::ZERO) {
        received.consume(|ethernet| assert_eq!(ethernet[14..], [1, 2, 3]));
        delivered += 1;
    }
    assert_eq!(delivered, 1);
}

#[test]
fn a_station_that_acknowledges_nothing_costs_its_own_frames_only() {
    let mut world = World::new();
    world.join(station(1));
    world.join(station(2));
    world.deaf = Some(station(1));
    let before = world.soft_ap.counters();
    assert_eq!(world.ping(station(1), 56), None);
    assert_eq!(world.ping(station(2), 56), Some(56));
    let counters = world.soft_ap.counters();
    assert!(counters.retries - before.retries >= 7);
    assert!(counters.failures > before.failures);
    assert!(world.soft_ap.is_beaconing());
}

#[test]
fn silent_stations_stay_as_long_as_they_acknowledge() {
    let mut world = World::new();
    world.join(station(1));
    world.join(station(2));
    world.deaf = Some(station(2));
    while world.now < 6 * 60 * SECOND {
        world.poll_at(world.soft_ap.next_deadline());
        world.acknowledge_all();
    }
    let left: Vec<_> = world.soft_ap.stations().map(|s| s.address).collect();
    assert_eq!(left, [station(1)]);
}

#[test]
fn a_receiver_that_stands_still_is_started_again() {
    let mut world = World::new();
    world.join(station(1));
    assert_eq!(world.ping(station(1), 56), Some(56));
    world.fake.corrupt_receive_descriptor(0, 0);
    let frame = data_frame(station(1), ACCESS_POINT, 0, &[0; 40]);
    // The first lost frame may have come before the last good one was taken; the second tells.
    for _ in 0..2 {
        assert!(!world.fake.hear(&frame));
        world.run_for(SECOND / 5);
    }
    assert_eq!(world.ping(station(1), 56), Some(56));
}

#[test]
fn when_smoltcp_does_not_keep_up_data_is_dropped_and_management_is_not() {
    let mut world = World::new();
    world.join(station(1));
    for sequence in 0..50 {
        let frame = data_frame(station(1), ACCESS_POINT, sequence, &[0; 40]);
        world.hear(&frame);
    }
    let counters = world.soft_ap.counters();
    assert_eq!(counters.dropped as usize, 50 - MAX_PENDING);
    assert!(world.join(station(2)), "there is room for its requests");
    let mut delivered = 0;
    while let Some((received, _)) = world.soft_ap.receive(Instant::ZERO) {
        received.consume(|_| delivered += 1);
    }
    assert_eq!(delivered, MAX_PENDING);
    assert_eq!(world.ping(station(1), 56), Some(56));
}

#[test]
fn a_flood_during_a_long_absence_overflows_the_ring_and_nothing_else() {
    let mut world = World::new();
    world.join(station(1));
    for round in 0..10 {
        // The core is busy, with erasing flash for example, for 400 ms.
        let lost = (0..100)
            .map(|i| data_frame(station(1), ACCESS_POINT, round * 100 + i, &[0; 1400]))
            .filter(|frame| !world.fake.hear(frame))
            .count();
        assert!(lost > 90);
        world.now += 400_000;
        assert_eq!(world.ping(station(1), 56), Some(56), "round {round}");
    }
    assert!(world.soft_ap.is_beaconing());
}

#[test]
fn dropped_tokens_give_their_buffers_back() {
    let mut world = World::new();
    world.join(station(1));
    for sequence in 0..100 {
        world.hear(&data_frame(station(1), ACCESS_POINT, sequence, &[0; 40]));
        assert!(world.soft_ap.receive(Instant::ZERO).is_some());
    }
    assert_eq!(world.soft_ap.counters().dropped, 0);
    assert_eq!(world.ping(station(1), 56), Some(56));
}

#[test]
fn frames_wait_while_there_is_no_room_for_an_answer() {
    let mut world = World::new();
    world.join(station(1));
    world.hear(&data_frame(station(1), ACCESS_POINT, 0, &[0; 40]));
    let mut sent = 0;
    while let Some(token) = world.soft_ap.transmit(Instant::ZERO) {
        token.consume(60, |frame| {
            frame.fill(0);
            frame[..6].copy_from_slice(station(1).as_bytes());
        });
        sent += 1;
    }
    assert!(sent >= 3);
    assert!(world.soft_ap.receive(Instant::ZERO).is_none());
    world.acknowledge_all();
    assert!(world.soft_ap.receive(Instant::ZERO).is_some());
}

#[test]
fn data_for_somebody_who_left_is_counted_and_not_sent() {
    let mut world = World::new();
    world.join(station(1));
    world.acknowledge_all();
    world.hear(&management(Kind::Deauthentication, station(1), &[3, 0]));
    let before = world.soft_ap.counters();
    world.sent.clear();
    let token = world.soft_ap.transmit(Instant::ZERO).unwrap();
    token.consume(60, |frame| {
        frame[..6].copy_from_slice(station(1).as_bytes())
    });
    assert_eq!(world.soft_ap.counters().failures, before.failures + 1);
    world.run_for(10_000);
    assert!(world.sent_of(Kind::Data).is_empty());
}

#[test]
fn malformed_floods_change_nothing() {
    let mut world = World::new();
    world.join(station(1));
    let before: Vec<_> = world.soft_ap.stations().collect();
    let mut random = 12345_u32;
    let mut next = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 16) as u8
    };
    for _ in 0..3_000 {
        let len = usize::from(next()) + usize::from(next() & 1) * 1000;
        let mut frame: Vec<u8> = (0..len).map(|_| next()).collect();
        // Half of it looks as if it were for us; but never from the station that is to stay.
        if len >= 24 && next() & 1 == 0 {
            frame[4..10].copy_from_slice(ACCESS_POINT.as_bytes());
            frame[16..22].copy_from_slice(ACCESS_POINT.as_bytes());
            frame[10..16].copy_from_slice(station(99).as_bytes());
        }
        world.hear(&frame);
        world.run_for(300);
    }
    let after: Vec<_> = world.soft_ap.stations().collect();
    assert_eq!(before, after);
    assert!(world.soft_ap.counters().dropped > 1_000);
    assert_eq!(world.ping(station(1), 56), Some(56));
    assert!(world.soft_ap.is_beaconing());
}

#[test]
fn a_burst_as_long_as_the_ring_is_taken_in_turns_with_smoltcp() {
    let mut world = World::new();
    world.join(station(1));
    world.run_for(10_000);
    // One of the ring's buffers is kept back.
    let burst = MAX_PENDING + 2;
    for sequence in 0..burst as u16 {
        assert!(world
            .fake
            .hear(&data_frame(station(1), ACCESS_POINT, sequence, &[0; 40])));
    }
    let mut delivered = 0;
    let mut turns = 0;
    while delivered < burst {
        world.poll_at(world.now);
        assert_eq!(world.soft_ap.next_deadline() == world.now, turns == 0);
        turns += 1;
        while let Some((received, _)) = world.soft_ap.receive(Instant::ZERO) {
            received.consume(|_| delivered += 1);
        }
    }
    assert_eq!((turns, world.soft_ap.counters().dropped), (2, 0));
}

#[test]
fn a_stopped_radio_neither_sends_nor_touches_memory() {
    let mut world = World::new();
    world.join(station(1));
    world.poll_at(world.soft_ap.next_deadline());
    assert!(world.fake.sending().is_some());
    world.soft_ap.stop();
    assert!(world.fake.sending().is_none());
    assert!(!world
        .fake
        .hear(&data_frame(station(1), ACCESS_POINT, 0, &[0; 40])));
    world.fake.raise(8);
    assert!(!world.fake.interrupts());
}

#[test]
fn what_the_hardware_reports_as_fatal_is_survived() {
    let mut world = World::new();
    world.join(station(1));
    for event in [20, 28] {
        world.fake.raise(event);
        world.run_for(SECOND);
        assert_eq!(world.ping(station(1), 56), Some(56));
    }
}

#[test]
fn forty_nine_days_and_fifty_thousand_years_change_nothing() {
    for wrap in [1_u64 << 32, (1 << 32) * 1_000, 1 << 60] {
        let mut world = World::starting_at(wrap - SECOND);
        world.join(station(1));
        for _ in 0..20 {
            world.run_for(SECOND / 10);
            assert_eq!(world.ping(station(1), 56), Some(56));
            assert!(world.soft_ap.is_beaconing());
        }
    }
}
