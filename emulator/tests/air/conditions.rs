//! Bad air.

use crate::guest::World;
use d1_emulator::air::{Conditions, StationConfig};

fn echo_through(loss: f64, damage: f64) -> World {
    let (mut world, station) = World::with_joined_station(11);
    world.wdev.air().set_conditions(Conditions { loss, damage });
    let bytes: Vec<u8> = (0..120_000u32).map(|n| (n / 3) as u8).collect();
    let conn = world.station(station).connect(80);
    let (mut sent, mut back) = (0, Vec::new());
    world.run_until("the echo", 60_000_000, |world| {
        let station = world.station(station);
        sent += station.send(conn, &bytes[sent..]);
        back.extend(station.recv(conn));
        back.len() >= bytes.len()
    });
    assert_eq!(back, bytes);
    world
}

#[test]
fn clean_air_needs_no_retries() {
    let mut world = echo_through(0.0, 0.0);
    assert_eq!(world.ap.retries, 0);
    let id = world.wdev.air().stations().next().unwrap();
    assert_eq!(world.station(id).tally().retries, 0);
}

#[test]
fn lost_frames_are_sent_again_by_both_sides() {
    let mut world = echo_through(0.1, 0.0);
    let id = world.wdev.air().stations().next().unwrap();
    let station = world.station(id);
    assert!(station.tally().retries > 5, "{:?}", station.tally());
    // An ACK that was lost makes a duplicate.
    assert!(station.duplicates() > 0);
    assert!(world.ap.retries > 5);
    assert!(world.ap.duplicates > 0);
}

#[test]
fn damaged_frames_are_counted_and_sent_again() {
    use crate::guest::load;
    let mut world = echo_through(0.0, 0.2);
    let now = world.now;
    let (damaged, retries) = (load(&mut world.wdev, 0x3ff2_0190, now), world.ap.retries);
    assert!(damaged > 5 && retries > 5, "{damaged} {retries}");
}

#[test]
fn a_station_joins_through_heavy_loss() {
    let mut world = World::new(4);
    world.wdev.air().set_conditions(Conditions {
        loss: 0.3,
        damage: 0.0,
    });
    let station = world.wdev.air().add_station(StationConfig::default());
    world.run_until("an address", 60_000_000, |world| {
        world.station(station).address().is_some()
    });
}

#[test]
fn a_frame_to_nobody_is_given_up_after_its_tries() {
    let mut world = World::new(1);
    world.ap.throw_out([2; 6], 1);
    world.run(500_000);
    assert_eq!((world.ap.retries, world.ap.lost), (6, 1));
}
