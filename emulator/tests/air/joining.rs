//! Stations come and go.

use crate::guest::{load, store, World};
use d1_emulator::air::{State, StationConfig};

const STATION: [u8; 6] = [0x02, 0xd1, 0, 0, 0, 1];

fn joined(world: &mut World, station: d1_emulator::air::StationId) -> bool {
    matches!(world.state(station), State::Joined { .. })
}

#[test]
fn a_station_finds_the_network_joins_and_gets_an_address() {
    let (mut world, station) = World::with_joined_station(1);
    assert_eq!(
        world.station(station).address().map(|it| it.octets()),
        Some([192, 168, 123, 100])
    );
    assert_eq!(
        world.station(station).network().as_deref(),
        Some("D1-OTA-DDEEAA")
    );
    assert_eq!(world.station(station).association(), Some(1));
    // Probe request, authentication, association, in this order and once each.
    assert_eq!(world.ap.heard, [0x40, 0xb0, 0x00]);
    assert_eq!(world.wdev.journal().drain(), [""; 0]);
}

#[test]
fn beacons_alone_are_enough() {
    let mut world = World::new(1);
    let station = world.wdev.air().add_station(StationConfig {
        probes: false,
        ssid: Some("D1-OTA-DDEEAA".into()),
        ..StationConfig::default()
    });
    world.run_until("joining", 1_000_000, |world| joined(world, station));
    assert_eq!(world.ap.heard, [0xb0, 0x00]);
}

#[test]
fn another_name_is_not_joined() {
    let mut world = World::new(1);
    let station = world.wdev.air().add_station(StationConfig {
        ssid: Some("elsewhere".into()),
        ..StationConfig::default()
    });
    world.run(3_000_000);
    assert_eq!(world.state(station), State::Scanning);
}

#[test]
fn a_silent_access_point_is_not_joined() {
    let (mut world, station) = World::with_station(1);
    world.ap.is_up = false;
    world.run(3_000_000);
    assert_eq!(world.state(station), State::Scanning);
    world.ap.is_up = true;
    world.run_until("joining", 1_000_000, |world| joined(world, station));
}

#[test]
fn a_refused_station_says_why_and_tries_again_later() {
    let (mut world, station) = World::with_station(1);
    world.ap.authentication_status = 17;
    world.run(500_000);
    assert_eq!(world.station(station).refusal(), Some(17));
    let asked = world.ap.heard.len();
    world.run(300_000);
    assert_eq!(world.ap.heard.len(), asked, "it pauses after a refusal");
    world.ap.authentication_status = 0;
    world.run_until("joining", 2_000_000, |world| joined(world, station));
}

#[test]
fn a_station_thrown_out_comes_back() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.throw_out(STATION, 4);
    world.run_until("farewell", 100_000, |world| {
        world.station(station).farewell() == Some(4)
    });
    world.run_until("an address again", 5_000_000, |world| {
        world.station(station).joins() == 2 && world.station(station).address().is_some()
    });
}

#[test]
fn a_disassociated_station_reassociates_without_authenticating() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.heard.clear();
    world.ap.disassociate(STATION, 5);
    world.run_until("reassociation", 500_000, |world| {
        world.station(station).joins() == 2
    });
    assert_eq!(world.ap.heard, [0x20]);
}

#[test]
fn a_station_forgotten_by_a_restarted_access_point_joins_anew() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.forget();
    let conn = world.station(station).connect(80);
    world.run_until("joining again", 20_000_000, |world| {
        world.station(station).joins() == 2
    });
    assert_eq!(world.station(station).farewell(), Some(7));
    world.run_until("the connection", 10_000_000, |world| {
        world.station(station).is_established(conn)
    });
}

#[test]
fn a_station_notices_that_the_access_point_is_gone() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.is_up = false;
    world.run_until("scanning", 4_000_000, |world| {
        world.state(station) == State::Scanning
    });
    assert_eq!(world.station(station).address(), None);
}

#[test]
fn leaving_is_announced_and_lasts() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.heard.clear();
    world.station(station).leave();
    world.run(2_000_000);
    assert_eq!(world.ap.heard, [0xc0]);
    assert!(world.ap.stations.is_empty());
    assert_eq!(world.state(station), State::Off);
    world.station(station).rejoin();
    world.run_until("joining", 1_000_000, |world| joined(world, station));
}

#[test]
fn vanishing_is_not_announced() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.heard.clear();
    world.station(station).vanish();
    world.run(2_000_000);
    assert!(world.ap.heard.is_empty());
    assert_eq!(world.ap.stations.len(), 1);
}

#[test]
fn three_stations_share_the_air() {
    let mut world = World::new(3);
    let stations: Vec<_> = (1..=3)
        .map(|number| {
            world.wdev.air().add_station(StationConfig {
                mac: [0x02, 0xd1, 0, 0, 0, number],
                ..StationConfig::default()
            })
        })
        .collect();
    world.run_until("three addresses", 10_000_000, |world| {
        let mut all = stations.iter();
        all.all(|station| world.station(*station).address().is_some())
    });
    let mut addresses: Vec<_> = stations
        .iter()
        .filter_map(|station| world.station(*station).address())
        .collect();
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 3);
}

#[test]
fn an_idle_station_says_that_it_is_still_there() {
    let (mut world, _) = World::with_joined_station(1);
    let quiet = world.ap.last_reception.take();
    assert!(quiet.is_some());
    world.run(12_000_000);
    let frame = world.ap.last_reception.take().map(|it| it.frame);
    // Null data to the distribution system.
    assert_eq!(
        frame.map(|it| (it[0], it[1], it.len())),
        Some((0x48, 1, 24))
    );
}

#[test]
fn a_frame_for_the_access_point_carries_its_match_bits_and_rate() {
    let (mut world, station) = World::with_joined_station(1);
    let conn = world.station(station).connect(80);
    world.run_until("the connection", 2_000_000, |world| {
        world.station(station).is_established(conn)
    });
    let header = world.ap.last_reception.as_ref().map(|it| it.header[0]);
    // Own address and own BSSID, interface 1 (bits 29 and 31); 24 Mbit/s is code 9.
    assert_eq!(
        header.map(|word| (word >> 28, word >> 8 & 0xf)),
        Some((0xa, 9))
    );
}

#[test]
fn frames_for_a_neighbour_are_counted_but_neither_stored_nor_acknowledged() {
    let (mut world, station) = World::with_joined_station(1);
    world.ap.last_reception = None;
    // From now on the device has another address, and the one the station knows is a neighbour's.
    let now = world.now;
    store(&mut world.wdev, 0x3ff2_0c50, 0x0202_0202, now);
    world.station(station).connect(80);
    world.run(1_500_000);
    assert!(world.ap.last_reception.is_none());
    assert!(world.station(station).tally().lost > 0);
    assert!(load(&mut world.wdev, 0x3ff2_01a0, now) > 0);
}
