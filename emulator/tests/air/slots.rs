//! Transmit slots, events, timers.

use crate::guest::{load, store, MacDriver, Ram, World, AP_MAC};
use d1_emulator::air::Air;
use d1_emulator::bus::Peripheral;
use d1_emulator::time::Time;
use d1_emulator::wdev::Wdev;

const EVENTS: u32 = 0x3ff2_0c20;
const CLEAR: u32 = 0x3ff2_0c24;
const STATUS: u32 = 0x3ff2_0c84;
const SENT: u32 = 1 << 19;
const EXPIRED: u32 = 1 << 29;

fn bench() -> (Wdev, Ram, MacDriver) {
    let mut wdev = Wdev::new(Air::new(1), 1);
    let mut ram = Ram::new();
    let mac = MacDriver::start(&mut wdev, &mut ram, 4, 1600, Time::default());
    (wdev, ram, mac)
}

fn broadcast(len: usize) -> Vec<u8> {
    let mut frame = vec![0x08, 0x02, 0, 0];
    frame.extend([0xff; 6]);
    frame.extend(AP_MAC);
    frame.resize(len, 0x55);
    frame
}

/// Polls at every event until `end`.
fn run(wdev: &mut Wdev, ram: &mut Ram, end: Time) {
    loop {
        let next = wdev.next_event();
        if next > end {
            return;
        }
        wdev.poll(next, ram);
    }
}

#[test]
fn a_broadcast_ends_after_back_off_and_airtime() {
    let (mut wdev, mut ram, mut mac) = bench();
    mac.send(&mut wdev, &mut ram, 0, &broadcast(96), 0, Time::default());
    assert_eq!(load(&mut wdev, 0x3ff2_0dc4, Time::default()) >> 30, 3);
    // DIFS 50, three slots of 20, 192 of preamble, 100 bytes at 1 Mbit/s.
    let end = Time::from_micros(50 + 60 + 192 + 800);
    run(&mut wdev, &mut ram, Time(end.0 - 1));
    assert_eq!(load(&mut wdev, 0x3ff2_0dc4, end) >> 30, 1, "on air");
    assert!(!wdev.interrupt_asserted());
    run(&mut wdev, &mut ram, end);
    assert!(wdev.interrupt_asserted());
    assert_eq!(load(&mut wdev, EVENTS, end), SENT);
    assert_eq!(load(&mut wdev, STATUS, end) >> 28, 0);
    assert_eq!(load(&mut wdev, 0x3ff2_0dc4, end) >> 30, 0);
    store(&mut wdev, CLEAR, SENT, end);
    assert!(!wdev.interrupt_asserted());
}

#[test]
fn results_wait_until_the_one_before_is_cleared() {
    let (mut wdev, mut ram, mut mac) = bench();
    let mut lonely = broadcast(60);
    lonely[4..10].copy_from_slice(&[2; 6]);
    mac.send(&mut wdev, &mut ram, 0, &broadcast(60), 0xb, Time::default());
    mac.send(&mut wdev, &mut ram, 1, &lonely, 0xb, Time::default());
    let end = Time::from_micros(10_000);
    run(&mut wdev, &mut ram, end);
    assert_eq!(load(&mut wdev, STATUS, end), 0);
    store(&mut wdev, CLEAR, SENT, end);
    assert_eq!(load(&mut wdev, STATUS, end), 5 << 28 | 1 << 8);
    assert_eq!(load(&mut wdev, EVENTS, end), SENT);
    store(&mut wdev, CLEAR, SENT, end);
    assert_eq!(load(&mut wdev, EVENTS, end), 0);
}

#[test]
fn a_frame_that_waits_too_long_is_reported_and_not_sent() {
    let (mut wdev, mut ram, mut mac) = bench();
    let now = Time::default();
    store(&mut wdev, 0x3ff2_0c74, 0xc000_0000, now);
    mac.send(&mut wdev, &mut ram, 1, &broadcast(60), 0xb, now);
    let end = Time::from_micros(500 * 1024);
    run(&mut wdev, &mut ram, Time(end.0 - 1));
    assert_eq!(load(&mut wdev, EVENTS, end), 0);
    run(&mut wdev, &mut ram, end);
    assert_eq!(load(&mut wdev, EVENTS, end), EXPIRED);
    assert_eq!(load(&mut wdev, 0x3ff2_0cc0, end), 1 << 17);
    // Still in its slot, as the time-out code of the libraries expects.
    assert_eq!(load(&mut wdev, 0x3ff2_0dc4 - 24, end) >> 30, 3);
    store(&mut wdev, 0x3ff2_0c74, 0, end);
    run(&mut wdev, &mut ram, Time::from_micros(2_000_000));
    assert_eq!(load(&mut wdev, EVENTS, end) & SENT, 0);
}

#[test]
fn a_withdrawn_frame_is_not_sent() {
    let (mut wdev, mut ram, mut mac) = bench();
    mac.send(&mut wdev, &mut ram, 0, &broadcast(60), 0xb, Time::default());
    store(&mut wdev, 0x3ff2_0dc4, 0, Time::default());
    run(&mut wdev, &mut ram, Time::from_micros(1_000_000));
    assert_eq!(load(&mut wdev, EVENTS, Time::default()), 0);
}

#[test]
fn nonsense_in_a_slot_ends_with_an_error_and_a_report() {
    // Descriptor address, descriptor words, format.
    let good = 0xb << 12;
    let cases: [(u32, [u32; 3], u32); 7] = [
        (0x3fff_fffe, [0; 3], good | 100),
        (0x3ffc_0000, [0; 3], good | 100),
        (0x3ffe_a000, [0x4006_4064, 0x6000_0000, 0], good | 100),
        (0x3ffe_a000, [0x4000_0000, 0x3ffe_9000, 0], good | 100),
        (0x3ffe_a000, [0, 0x3ffe_9000, 0x3ffe_a000], good | 100),
        (0x3ffe_a000, [0x4006_4064, 0x3ffe_9000, 0], good | 3),
        (
            0x3ffe_a000,
            [0x4006_4064, 0x3ffe_9000, 0],
            good | 1 << 24 | 100,
        ),
    ];
    for (number, (descriptor, words, format)) in cases.into_iter().enumerate() {
        let (mut wdev, mut ram, _mac) = bench();
        for (word, at) in words.into_iter().zip([0, 4, 8]) {
            ram.set_word(0x3ffe_a000 + at, word);
        }
        let now = Time::default();
        store(&mut wdev, 0x3ff2_0dd4, 100 << 12, now);
        store(&mut wdev, 0x3ff2_0dc8, format, now);
        store(
            &mut wdev,
            0x3ff2_0dc4,
            0xc000_0000 | descriptor & 0x3ffff,
            now,
        );
        run(&mut wdev, &mut ram, Time::from_micros(50_000));
        assert_eq!(load(&mut wdev, EVENTS, now), SENT, "case {number}");
        assert_eq!(load(&mut wdev, STATUS, now) >> 28, 4, "case {number}");
        assert_eq!(wdev.journal().drain().len(), 1, "case {number}");
    }
}

#[test]
fn a_transmitter_that_is_off_sends_nothing_and_says_so() {
    let (mut wdev, mut ram, mut mac) = bench();
    store(&mut wdev, 0x3ff2_0c94, 0, Time::default());
    mac.send(&mut wdev, &mut ram, 0, &broadcast(60), 0xb, Time::default());
    run(&mut wdev, &mut ram, Time::from_micros(100_000));
    assert_eq!(load(&mut wdev, EVENTS, Time::default()), 0);
    assert!(wdev.journal().drain()[0].contains("transmitter is off"));
}

#[test]
fn a_masked_event_asks_for_no_interrupt() {
    let (mut wdev, mut ram, mut mac) = bench();
    let now = Time::from_micros(5_000);
    store(&mut wdev, 0x3ff2_0c18, 0, now);
    mac.send(&mut wdev, &mut ram, 0, &broadcast(60), 0xb, Time::default());
    run(&mut wdev, &mut ram, now);
    assert!(!wdev.interrupt_asserted());
    assert_eq!(load(&mut wdev, EVENTS, now), 0);
    assert_eq!(load(&mut wdev, 0x3ff2_0c1c, now), SENT);
    store(&mut wdev, 0x3ff2_0c18, SENT, now);
    assert!(wdev.interrupt_asserted());
}

#[test]
fn timer_one_comes_once_at_its_time() {
    let (mut wdev, mut ram, _mac) = bench();
    let now = Time::from_micros(1_000);
    store(&mut wdev, 0x3ff2_0c18, 1 << 27, now);
    store(&mut wdev, 0x3ff2_105c, 50, now);
    store(&mut wdev, 0x3ff2_1060, 0, now);
    store(&mut wdev, 0x3ff2_1058, 0xc400_0000, now);
    assert_eq!(load(&mut wdev, 0x3ff2_1048, now), 50);
    store(&mut wdev, 0x3ff2_10cc, 250, now);
    store(&mut wdev, 0x3ff2_10d0, 0, now);
    store(&mut wdev, 0x3ff2_10c8, 1 << 31, now);
    run(&mut wdev, &mut ram, Time::from_micros(1_199));
    assert!(!wdev.interrupt_asserted());
    run(&mut wdev, &mut ram, Time::from_micros(1_200));
    assert!(wdev.interrupt_asserted());
    store(&mut wdev, CLEAR, 1 << 27, now);
    run(&mut wdev, &mut ram, Time::from_micros(100_000));
    assert!(!wdev.interrupt_asserted());
}

#[test]
fn words_are_kept_and_those_that_do_not_exist_are_unknown() {
    let (mut wdev, _, _) = bench();
    let now = Time::from_micros(77);
    assert_eq!(wdev.write(0x088, 0x1234, now), Some(()));
    assert_eq!(wdev.read(0x088, now), Some(0x1234));
    assert_eq!(wdev.read(0x800, now), Some(0));
    assert_eq!(wdev.read(0xc00, now), Some(77));
    assert_eq!(wdev.read(0x600, now), None);
    assert_eq!(wdev.write(0x600, 5, now), None);
    assert_eq!(wdev.read(0x600, now), Some(5));
    let noise = [0, 1].map(|_| wdev.read(0xe44, now));
    assert_ne!(noise[0], noise[1]);
}

#[test]
fn a_reset_forgets_registers_but_not_the_air() {
    let (mut world, station) = World::with_joined_station(1);
    world.wdev.reset();
    let now = world.now;
    assert_eq!(load(&mut world.wdev, 0x3ff2_0c50, now), 0);
    assert!(world.station(station).address().is_some());
    world.ap.reads = false;
    world.run(4_000_000);
    assert!(world.station(station).address().is_none());
}
