//! Port 88: what begins an update, and what does not.

use super::*;
use crate::update::Phase;

fn slow_update() -> Vec<Act> {
    let good = image(Slot::Two, 2, 30_000);
    let mut script = Act::with_len(&good[..9_000], good.len());
    script[1] = Act::Wait(Duration::from_secs(8));
    script
}

#[test]
fn connections_without_a_request_begin_nothing() {
    let mut world = World::joined(vec![]);
    for _ in 0..20 {
        let connection = world.station.connect(88);
        world.pass(Duration::from_millis(50));
        world.station.abort(connection);
        world.pass(Duration::from_millis(10));
    }
    for rubbish in [
        &b"GET / HT"[..],
        b"GET / HTTP/1.1\r\nHost: d1\r\n",
        b"\x16\x03\x01\x02\x00",
        b"SSH-2.0-x\r\n",
    ] {
        let connection = world.station.connect(88);
        world.station.send(connection, rubbish);
        world.pass(Duration::from_millis(500));
        world.station.abort(connection);
    }
    world.pass(Duration::from_secs(15));
    assert_eq!(world.firmware.update().attempt(), 0);
    let page = world.get(80, "/");
    assert!(page.contains("build 1\n"), "{page:?} at {}", world.now);
}

#[test]
fn other_pages_other_methods_and_guesses_begin_nothing() {
    let mut world = World::joined(vec![]);
    let cases = [
        ("GET /favicon.ico HTTP/1.1\r\n\r\n", "HTTP/1.1 404 "),
        ("HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 405 "),
        ("DELETE / HTTP/1.1\r\n\r\n", "HTTP/1.1 405 "),
        (
            "GET / HTTP/1.1\r\nSec-Purpose: prefetch\r\n\r\n",
            "HTTP/1.1 503 ",
        ),
    ];
    for (request, status) in cases {
        let answer = world.exchange(88, request.as_bytes());
        assert!(answer.starts_with(status), "to {request:?}: {answer}");
    }
    assert_eq!(world.firmware.update().attempt(), 0);
}

#[test]
fn a_request_in_single_bytes_begins_an_update_with_its_last_one() {
    let mut world = World::joined(slow_update());
    let connection = world.station.connect(88);
    let request = b"POST / HTTP/1.1\r\nHost: 192.168.123.1:88\r\nContent-Length: 2\r\n\r\nok";
    let (last, most) = request.split_last().unwrap();
    for byte in most {
        world.station.send(connection, &[*byte]);
        world.pass(Duration::from_millis(5));
    }
    assert_eq!(world.firmware.update().attempt(), 0);
    world.station.send(connection, &[*last]);
    world.until_console("update: asking");
}

#[test]
fn a_second_trigger_is_told_of_the_first_and_changes_nothing() {
    let mut world = World::joined(slow_update());
    world.begin_update();
    world.until_written(8_960);
    let second = world.get(88, "/");
    assert!(second.starts_with("HTTP/1.1 409 Conflict\r\n"), "{second}");
    assert!(
        second.contains("another update is in progress: 8960 of 30"),
        "{second}"
    );
    assert_eq!(world.firmware.update().phase(), Phase::Receiving);
    assert_eq!(world.server.requests.len(), 1);
}

#[test]
fn the_update_goes_on_when_its_watcher_leaves() {
    let mut world = World::joined(Act::image(&image(Slot::Two, 2, 30_000)));
    let watch = world.begin_update();
    world.until_written(3_000);
    world.station.abort(watch);
    world.until("the restart", |world| world.has_restarted);
}

#[test]
fn idle_connections_do_not_lock_the_trigger() {
    let mut world = World::joined(slow_update());
    for _ in 0..2 {
        world.station.connect(88);
    }
    world.pass(Duration::from_millis(1500));
    world.begin_update();
    world.until_console("update: asking");
}
