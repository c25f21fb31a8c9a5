//! The receive ring: large frames, full rings, nonsense.

use crate::guest::{load, store, MacDriver, Ram, World};
use d1_emulator::air::{Air, StationConfig, StationId};
use d1_emulator::bus::Peripheral;
use d1_emulator::time::Time;
use d1_emulator::wdev::Wdev;

const NO_BUFFER: u32 = 0x3ff2_019c;
const RECEIVED: u32 = 0x3ff2_01c0;
const RECEIVER: u32 = 0x3ff2_0004;
const BASE: u32 = 0x3ff2_0008;
const NEXT: u32 = 0x3ff2_001c;
const OWNER: u32 = 1 << 31;

#[test]
fn a_frame_larger_than_a_buffer_continues_in_the_next() {
    let mut wdev = Wdev::new(Air::new(1), 1);
    let mut ram = Ram::new();
    let mut mac = MacDriver::start(&mut wdev, &mut ram, 8, 40, Time::default());
    wdev.air().add_station(StationConfig::default());
    let now = Time::from_micros(20_000);
    wdev.poll(now, &mut ram);
    let first = mac
        .receive(&mut wdev, &mut ram, now)
        .expect("a probe request");
    // 12 of receive header, 24 + 2 + 10 + 6 of probe request.
    assert_eq!((first.frame.len(), first.pieces), (42, 2));
    assert_eq!(first.frame[0], 0x40);
    assert!(mac.receive(&mut wdev, &mut ram, now).is_none());
}

#[test]
fn the_frame_check_sequence_takes_no_room_in_a_buffer() {
    // 54 bytes of probe request and receive header, in whole words.
    for (size, pieces) in [(52, 2), (56, 1), (60, 1)] {
        let mut wdev = Wdev::new(Air::new(1), 1);
        let mut ram = Ram::new();
        let mut mac = MacDriver::start(&mut wdev, &mut ram, 8, size, Time::default());
        wdev.air().add_station(StationConfig::default());
        let now = Time::from_micros(20_000);
        wdev.poll(now, &mut ram);
        let request = mac.receive(&mut wdev, &mut ram, now).expect("one");
        assert_eq!(request.pieces, pieces, "buffers of {size} bytes");
    }
}

/// Has a station that nobody answers send far more frames than there are buffers.
fn say_much(world: &mut World, station: StationId) {
    world.station(station).disassociate();
    for _ in 0..40 {
        world.station(station).rejoin();
        world.run(150_000);
    }
}

#[test]
fn a_list_that_ends_drops_silently_and_goes_on_when_it_is_longer() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.reads = false;
    let end = world.ap.mac.end_list(&mut world.ram);
    let conn = world.station(station).connect(80);
    say_much(&mut world, station);
    let now = world.now;
    assert!(load(&mut world.wdev, NO_BUFFER, now) > 0);
    world.ap.mac.close_list(&mut world.ram, end);
    world.ap.reads = true;
    world.run_until("the connection", 20_000_000, |world| {
        world.station(station).is_established(conn)
    });
    assert_eq!(world.wdev.journal().drain(), [""; 0]);
}

#[test]
fn a_frame_without_a_buffer_is_not_acknowledged() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.reads = false;
    world.ap.mac.end_list(&mut world.ram);
    world.station(station).disassociate();
    world.run(100_000);
    assert_eq!(world.station(station).tally().lost, 0);
    world.station(station).rejoin();
    // Its requests fill the eight buffers; what comes after them gets no ACK.
    world.run(4_000_000);
    let tally = world.station(station).tally();
    assert!(tally.lost > 0 && tally.retries >= 6, "{tally:?}");
}

#[test]
fn a_circle_that_nobody_reads_is_written_over() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.reads = false;
    let before = load(&mut world.wdev, RECEIVED, world.now);
    say_much(&mut world, station);
    let now = world.now;
    assert!(load(&mut world.wdev, RECEIVED, now) - before > 2 * world.ap.mac.count as u32);
    assert_eq!(load(&mut world.wdev, NO_BUFFER, now), 0);
    assert_eq!(world.station(station).tally().lost, 0);
}

#[test]
fn the_owner_bit_is_left_as_it_was_and_a_descriptor_without_it_is_not_used() {
    let mut wdev = Wdev::new(Air::new(1), 1);
    let mut ram = Ram::new();
    let mac = MacDriver::start(&mut wdev, &mut ram, 8, 400, Time::default());
    let taken = mac.first + 12;
    ram.set_word(taken, ram.word(taken) & !OWNER);
    wdev.air().add_station(StationConfig::default());
    let mut now = Time::default();
    for _ in 0..100 {
        now = now + Time::from_micros(10_000);
        wdev.poll(now, &mut ram);
    }
    assert_eq!(ram.word(mac.first) >> 29, 0b111, "owner, end, start");
    assert_eq!(ram.word(taken) >> 29, 0);
    assert!(load(&mut wdev, NO_BUFFER, now) > 0);
}

#[test]
fn a_receiver_switched_off_hears_nothing() {
    let (mut world, station) = World::with_station(1);
    store(&mut world.wdev, 0x3ff2_0004, 0, Time::default());
    world.run(1_000_000);
    assert!(world.ap.heard.is_empty());
    let tally = world.station(station).tally();
    // It hears the beacons and asks in vain.
    assert!(tally.lost > 0);
}

#[test]
fn nonsense_in_the_ring_is_reported_and_survived() {
    let chains: [&[(u32, u32)]; 6] = [
        // Base outside RAM, and unaligned.
        &[(0, 0x1000_0000)],
        &[(0, 0x3ffe_8001)],
        // Size 0; a buffer outside RAM; a loop of one small buffer; next outside RAM.
        &[(4, 0x8000_0000), (8, 0x3ffe_9000), (12, 0)],
        &[(4, 0x8006_4640), (8, 0x4000_0000), (12, 0)],
        &[(4, 0x8000_4004), (8, 0x3ffe_9000), (12, 0x3ffe_a000)],
        &[(4, 0x8000_4004), (8, 0x3ffe_9000), (12, 0xdead_beec)],
    ];
    for (number, chain) in chains.iter().enumerate() {
        let (mut world, _) = World::with_station(1);
        let now = world.now;
        let descriptor = 0x3ffe_a000;
        let mut base = descriptor;
        for (at, value) in *chain {
            match at {
                0 => base = *value,
                at => world.ram.set_word(descriptor + at - 4, *value),
            }
        }
        // The base counts while the receiver is off.
        store(&mut world.wdev, RECEIVER, 0, now);
        store(&mut world.wdev, BASE, base, now);
        store(&mut world.wdev, RECEIVER, 1 << 31, now);
        world.ap.reads = false;
        world.run(300_000);
        let log = world.wdev.journal().drain();
        let lost = load(&mut world.wdev, NO_BUFFER, now);
        assert!(!log.is_empty() || lost > 0, "chain {number}");
        assert!(log.len() <= 2, "{log:?}");
    }
}

#[test]
fn a_new_base_counts_only_when_there_is_nothing_to_go_on_with() {
    let mut wdev = Wdev::new(Air::new(1), 1);
    let mut ram = Ram::new();
    let now = Time::default();
    MacDriver::start(&mut wdev, &mut ram, 8, 400, now);
    let next = load(&mut wdev, NEXT, now);
    store(&mut wdev, BASE, next + 12, now);
    assert_eq!(load(&mut wdev, NEXT, now), next);
    store(&mut wdev, RECEIVER, 0, now);
    store(&mut wdev, BASE, next + 12, now);
    assert_eq!(load(&mut wdev, NEXT, now), next + 12);
}

#[test]
fn changing_a_link_the_hardware_may_have_read_is_reported() {
    let (mut world, _) = World::with_joined_station(1);
    let now = world.now;
    let last = load(&mut world.wdev, 0x3ff2_0014, now);
    world.ram.set_word(last + 8, world.ap.mac.first);
    let id = world.wdev.air().stations().next().unwrap();
    world.ram.set_word(last + 8, 0x3ffe_8000);
    world.station(id).connect(80);
    world.run(200_000);
    let log = world.wdev.journal().drain();
    assert!(
        log.iter().any(|line| line.contains("was changed")),
        "{log:?}"
    );
}
