//! A network with a key: who knows it lives the whole story, who does not gets nowhere.

use d1_emulator::air::{State, Station, StationConfig, StationId};
use d1_emulator::time::Time;
use d1_harness::beacons::Beacons;
use d1_harness::{frame, Bench, Images, Wait};

const INTRUDER: [u8; 6] = [0x02, 0, 0, 0, 0, 0x66];

fn with_key() -> (Images, Bench) {
    let images = Images::load_wpa2();
    let bench = Bench::with(&images);
    (images, bench)
}

/// A second station that knows `psk`, or no key at all.
fn add(bench: &mut Bench, psk: Option<&str>) -> StationId {
    bench.machine.air().add_station(StationConfig {
        mac: INTRUDER,
        psk: psk.map(str::to_owned),
        ..StationConfig::default()
    })
}

fn station(bench: &mut Bench, id: StationId) -> &mut Station {
    bench.machine.air().station(id)
}

/// The device's address, as its beacons give it.
fn access_point(bench: &mut Bench) -> [u8; 6] {
    let air = Beacons::listen(bench);
    bench.pass(Wait(300));
    let beacon = &air.frames(0x80)[0].frame;
    core::array::from_fn(|at| beacon[10 + at])
}

/// The device goes on serving those who know the key, and the emulator has nothing to complain about.
#[track_caller]
fn all_is_well(bench: &mut Bench) {
    assert!(bench.page().contains("build"));
    assert!(bench.reports.is_empty(), "{:#?}", bench.reports);
}

#[test]
fn the_whole_update_story_runs_under_a_key() {
    story(&Images::load_wpa2(), &["user2 @ 0x81000", "user1 @ 0x1000"]);
}

#[test]
fn the_vendor_engine_lives_the_same_story() {
    if let Some(images) = Images::load_vendor_wpa2() {
        story(&images, &["user2 @ 0x81000"]);
    }
}

/// What the console says when the master key is not in flash yet.
const DERIVED: &str = "network key derived: kept";

/// A fresh device, started twice: the second start has its key, and stations join as soon as they hear of it.
fn starts_twice(images: &Images) {
    let mut bench = Bench::with(images);
    assert!(bench.console.contains(DERIVED), "{}", bench.console);
    bench.console.clear();
    // Who does not know that the device restarted stays silent until its next sign of life.
    bench.station().leave();
    bench.pass(Wait(20));
    bench.machine.power_cycle();
    bench.station().rejoin();
    let begin = bench.machine.now();
    bench.until("the station to join anew", Wait(1_000), |bench| {
        let station = bench.station();
        station.joins() == 2 && station.address().is_some()
    });
    let took = Time(bench.machine.now().0 - begin.0);
    println!("power-on to address: {} us (emulated)", took.as_micros());
    assert!(!bench.console.contains(DERIVED), "{}", bench.console);
    all_is_well(&mut bench);
}

#[test]
fn the_master_key_is_derived_at_the_first_start_only() {
    starts_twice(&Images::load_wpa2());
}

#[test]
fn the_vendor_engine_derives_it_once_too() {
    if let Some(images) = Images::load_vendor_wpa2() {
        starts_twice(&images);
    }
}

#[test]
fn a_wrong_key_gets_nothing_from_the_vendor_engine_either() {
    let Some(images) = Images::load_vendor_wpa2() else {
        return;
    };
    let mut bench = Bench::with(&images);
    let id = add(&mut bench, Some("wrong horse battery"));
    for _ in 0..10_000 {
        bench.slice();
        let station = station(&mut bench, id);
        assert!(!matches!(station.state(), State::Joined { .. }));
    }
    assert!(station(&mut bench, id).joins() > 0);
    all_is_well(&mut bench);
}

fn story(images: &Images, starts: &[&str]) {
    let mut bench = Bench::with(images);
    assert!(bench.console.contains("passphrase "), "{}", bench.console);
    assert!(bench.page().contains("build 1"));
    for line in starts {
        bench.console.clear();
        bench.begin_update();
        bench.until_console(line, Wait::UPDATE);
        bench.join();
    }
    assert_eq!(bench.server.requests[0].path, "/user2.bin");
    assert_eq!(bench.station().refused(), 0);
    all_is_well(&mut bench);
}

#[test]
fn a_station_that_comes_later_has_its_keys_within_a_second() {
    let (images, mut bench) = with_key();
    bench.pass(Wait(1_000));
    let begin = bench.machine.now();
    let id = add(&mut bench, images.psk.as_deref());
    bench.until("the keys", Wait(1_000), |bench| {
        matches!(station(bench, id).state(), State::Joined { .. })
    });
    let took = Time(bench.machine.now().0 - begin.0);
    println!("probe to keys: {} us (emulated)", took.as_micros());
}

#[test]
fn a_wrong_key_gets_no_address_and_no_page_and_harms_nobody() {
    let (_, mut bench) = with_key();
    let id = add(&mut bench, Some("wrong horse battery"));
    let connection = station(&mut bench, id).connect(80);
    for _ in 0..20_000 {
        bench.slice();
        let station = station(&mut bench, id);
        assert!(!matches!(station.state(), State::Joined { .. }));
        assert!(!station.is_established(connection));
    }
    let station = station(&mut bench, id);
    // The handshake timed out, more than once.
    assert_eq!(station.farewell(), Some(15));
    assert!(station.joins() > 1);
    all_is_well(&mut bench);
}

#[test]
fn a_station_without_a_key_is_refused_when_it_asks() {
    let (_, mut bench) = with_key();
    let ap = access_point(&mut bench);
    let id = add(&mut bench, None);
    let air = Beacons::listen(&mut bench);
    let network = bench.station().network().unwrap();
    let mut body = vec![0x21, 0, 10, 0, 0, network.len() as u8];
    body.extend(network.bytes());
    body.extend([1, 4, 0x82, 0x84, 0x8b, 0x96]);
    let say = |bench: &mut Bench, kind, body: &[u8]| {
        station(bench, id).say(frame(kind, 0, [ap, INTRUDER, ap], body));
        bench.pass(Wait(100));
    };
    say(&mut bench, 0xb0, &[0, 0, 1, 0, 0, 0]);
    say(&mut bench, 0x00, &body);
    let answers = air.frames(0x10);
    assert_eq!(answers.len(), 1);
    // Invalid element; no association id.
    assert_eq!(answers[0].frame[26..30], [40, 0, 0, 0]);
    all_is_well(&mut bench);
}

#[test]
fn nothing_in_the_clear_reaches_the_device() {
    let (images, mut bench) = with_key();
    let ap = access_point(&mut bench);
    let id = add(&mut bench, images.psk.as_deref());
    bench.until("the station to join", Wait::BOOT, |bench| {
        station(bench, id).address().is_some()
    });
    // It asks for the device's hardware address: everything but the protection is right.
    let mut body = vec![0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x06];
    body.extend([0, 1, 8, 0, 6, 4, 0, 1]);
    body.extend(INTRUDER);
    body.extend([192, 168, 123, 77, 0, 0, 0, 0, 0, 0, 192, 168, 123, 1]);
    let air = Beacons::listen(&mut bench);
    station(&mut bench, id).say(frame(0x08, 0x01, [ap, INTRUDER, ap], &body));
    bench.pass(Wait(200));
    let answers = || {
        let heard = air.frames(0x08).into_iter();
        heard.filter(|heard| heard.frame[10..16] == ap).count()
    };
    assert_eq!(answers(), 0, "the question in the clear was answered");
    let protected = [&ap[..], &INTRUDER, &body[6..]].concat();
    station(&mut bench, id).say_ethernet(&protected);
    bench.pass(Wait(200));
    assert_ne!(answers(), 0, "the same question, protected, was not");
    all_is_well(&mut bench);
}

#[test]
fn frames_that_were_heard_before_are_not_heard_again() {
    let (_, mut bench) = with_key();
    let ap = access_point(&mut bench);
    let air = Beacons::listen(&mut bench);
    bench.page();
    let mac = StationConfig::default().mac;
    let from_station = |heard: &d1_harness::beacons::Heard| heard.frame[10..16] == mac;
    let recorded: Vec<_> = air.frames(0x08).into_iter().filter(from_station).collect();
    assert!(recorded.len() >= 3, "{}", recorded.len());
    assert!(
        recorded.iter().all(|heard| heard.frame[1] & 0x40 != 0),
        "all of it is encrypted"
    );
    let id = add(&mut bench, None);
    // The connection has its time to end.
    bench.pass(Wait(12_000));
    let air = Beacons::listen(&mut bench);
    for heard in recorded {
        station(&mut bench, id).say(heard.frame);
        bench.pass(Wait(20));
    }
    let answers = air.frames(0x08);
    let answers = answers.iter().filter(|heard| heard.frame[10..16] == ap);
    assert_eq!(answers.count(), 0, "somebody was answered");
    all_is_well(&mut bench);
}

#[test]
fn a_flood_of_farewells_ends_when_it_ends() {
    let (_, mut bench) = with_key();
    let ap = access_point(&mut bench);
    let id = add(&mut bench, None);
    let mac = StationConfig::default().mac;
    for round in 0..200 {
        let kind = if round % 2 == 0 { 0xc0 } else { 0xa0 };
        station(&mut bench, id).say(frame(kind, 0, [ap, mac, ap], &[3, 0]));
        bench.pass(Wait(10));
    }
    bench.pass(Wait(5_000));
    bench.join();
    all_is_well(&mut bench);
}

#[test]
#[ignore = "an hour of emulated time is a minute of this machine's"]
fn a_new_group_key_each_hour_interrupts_nobody() {
    let (_, mut bench) = with_key();
    bench.pass(Wait(3_605_000));
    assert_eq!(bench.station().joins(), 1);
    assert_eq!(bench.station().refused(), 0);
    all_is_well(&mut bench);
}
