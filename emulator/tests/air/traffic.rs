//! TCP between station and guest, over all of it.

use crate::guest::World;
use d1_emulator::air::{Conn, StationId};

fn pattern(len: usize) -> Vec<u8> {
    (0..len as u32).map(|n| (n * 7 + n / 251) as u8).collect()
}

/// Sends `bytes` to the echo port and returns what comes back.
fn echo(world: &mut World, station: StationId, bytes: &[u8], micros: u64) -> Vec<u8> {
    let conn = world.station(station).connect(80);
    let mut sent = 0;
    let mut back = Vec::new();
    world.run_until("the echo", micros, |world| {
        let station = world.station(station);
        sent += station.send(conn, &bytes[sent..]);
        back.extend(station.recv(conn));
        back.len() >= bytes.len()
    });
    world.station(station).close(conn);
    back
}

#[test]
fn bytes_flow_both_ways() {
    let (mut world, station) = World::with_joined_station(1);
    let bytes = pattern(100_000);
    assert_eq!(echo(&mut world, station, &bytes, 20_000_000), bytes);
    assert_eq!(world.wdev.journal().drain(), [""; 0]);
}

#[test]
fn a_close_reaches_both_ends() {
    let (mut world, station) = World::with_joined_station(1);
    let conn = world.station(station).connect(80);
    world.run_until("the connection", 1_000_000, |world| {
        world.station(station).is_established(conn)
    });
    assert!(!world.station(station).peer_closed(conn));
    world.station(station).send(conn, b"last words");
    world.station(station).close(conn);
    let mut back = Vec::new();
    world.run_until("the end", 2_000_000, |world| {
        back.extend(world.station(station).recv(conn));
        world.station(station).peer_closed(conn)
    });
    // Half-closed by us, the device could still answer.
    assert_eq!(back, b"last words");
}

#[test]
fn a_port_nobody_listens_on_refuses() {
    let (mut world, station) = World::with_joined_station(1);
    let conn = world.station(station).connect(4711);
    assert!(world.station(station).is_open(conn));
    world.run_until("the refusal", 1_000_000, |world| {
        !world.station(station).is_open(conn)
    });
    assert!(world.station(station).peer_closed(conn));
}

#[test]
fn the_device_calls_a_listening_station() {
    let (mut world, station) = World::with_joined_station(1);
    world.station(station).listen(8888);
    world.ap.network.call(8888, b"GET /user2.bin");
    let mut conn: Option<Conn> = None;
    world.run_until("a call", 2_000_000, |world| {
        conn = conn.or_else(|| world.station(station).accept(8888));
        conn.is_some()
    });
    let conn = conn.unwrap();
    let mut request = Vec::new();
    world.run_until("the request", 2_000_000, |world| {
        request.extend(world.station(station).recv(conn));
        request.len() >= 14
    });
    assert_eq!(request, b"GET /user2.bin");
    world.station(station).send(conn, b"image");
    world.station(station).close(conn);
    world.run_until("the answer", 2_000_000, |world| {
        world.ap.network.answer == b"image"
    });
    assert_eq!(world.station(station).accept(8888), None);
}

#[test]
fn an_abort_resets_the_device() {
    use smoltcp::socket::tcp::State;
    let (mut world, station) = World::with_joined_station(1);
    world.station(station).listen(8888);
    world.ap.network.call(8888, b"hello");
    let mut conn = None;
    world.run_until("a call", 2_000_000, |world| {
        conn = world.station(station).accept(8888);
        conn.is_some()
    });
    assert_ne!(world.ap.network.caller_state(), State::Closed);
    world.station(station).abort(conn.unwrap());
    world.run_until("the reset", 1_000_000, |world| {
        world.ap.network.caller_state() == State::Closed
    });
}

#[test]
fn a_call_to_a_station_that_does_not_listen_is_refused() {
    use smoltcp::socket::tcp::State;
    let (mut world, _) = World::with_joined_station(1);
    world.ap.network.call(8888, b"hello");
    world.run_until("the refusal", 2_000_000, |world| {
        world.ap.network.caller_state() == State::Closed
    });
}

#[test]
fn a_connection_asked_for_early_opens_when_there_is_an_address() {
    let (mut world, station) = World::with_station(1);
    let conn = world.station(station).connect(80);
    assert_eq!(world.station(station).send(conn, b"too early"), 0);
    world.run_until("the connection", 5_000_000, |world| {
        world.station(station).is_established(conn)
    });
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let play = |seed| {
        let (mut world, station) = World::with_joined_station(seed);
        let back = echo(&mut world, station, &pattern(20_000), 10_000_000);
        (world.now, back.len(), world.station(station).tally())
    };
    let first = play(5);
    assert_eq!(play(5), first);
    assert_ne!(play(6).0, first.0);
}
