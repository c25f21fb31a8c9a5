//! Port 88: what begins an update, and what does not.

use super::*;
use crate::update::Phase;

/// For which a socket is kept after its answer, in case that its farewell was lost.
pub const A_MOMENT: Duration = Duration::from_millis(500);

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
    let path = world.link("begin update");
    let connection = world.station.connect(88);
    let request =
        format!("POST {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\nContent-Length: 2\r\n\r\nok");
    let (last, most) = request.as_bytes().split_last().unwrap();
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
fn a_bare_visit_is_asked_first_and_the_button_begins_the_update() {
    let mut world = World::joined(slow_update());
    let page = world.get(88, "/");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("X-Frame-Options: DENY\r\n"), "{page}");
    assert!(
        page.contains("Build 1 runs from user1. Fetch user2.bin from 192.168.123.100:8888?"),
        "{page}"
    );
    assert_eq!(world.firmware.update().attempt(), 0);

    // What a browser without JavaScript sends when the button is pressed.
    let (_, action) = page.split_once("<form method=post action=\"").unwrap();
    let action = action.split('"').next().unwrap();
    let connection = world.station.connect(88);
    let request = format!(
        "POST {action} HTTP/1.1\r\nHost: 192.168.123.1:88\r\nOrigin: http://192.168.123.1:88\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n"
    );
    world.station.send(connection, request.as_bytes());
    world.until_console("update: asking");
}

#[test]
fn nothing_but_this_starts_token_begins_an_update() {
    let mut world = World::joined(vec![]);
    let old = world.link("begin update");
    world.restart(Slot::One, 1);
    for path in [&old, "/?token=0000000000000000", "/?token="] {
        for method in ["GET", "POST"] {
            let request = format!("{method} {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n\r\n");
            let answer = world.exchange(88, request.as_bytes());
            let is_bare = method == "GET" && path == "/?token=";
            let status = if is_bare { "200" } else { "403" };
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{request}{answer}"
            );
        }
    }
    let bare = world.exchange(88, b"POST / HTTP/1.1\r\nHost: 192.168.123.1:88\r\n\r\n");
    assert!(bare.starts_with("HTTP/1.1 403 "), "{bare}");
    assert_eq!(world.firmware.update().attempt(), 0);
}

#[test]
fn a_page_from_elsewhere_begins_nothing_even_if_it_knew_the_token() {
    let mut world = World::joined(vec![]);
    let path = world.link("begin update");
    for field in [
        "Origin: http://evil.example",
        "Origin: null",
        "Referer: http://evil.example/d1",
        "Sec-Fetch-Site: cross-site",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n{field}\r\n\r\n");
        let answer = world.exchange(88, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 403 "), "{field}: {answer}");
        assert!(
            !answer.contains("Access-Control"),
            "an action for everybody: {answer}"
        );
    }
    assert_eq!(world.firmware.update().attempt(), 0);
}

#[test]
fn a_strangers_name_gets_neither_page_nor_token() {
    let mut world = World::joined(vec![]);
    for port in [80, 88] {
        for path in ["/", "/status.json"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n");
            let answer = world.exchange(port, request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
            assert!(answer.contains("http://192.168.123.1/"), "{answer}");
            assert!(!answer.contains("token"), "{answer}");
        }
    }
}

#[test]
fn the_abort_button_ends_the_update_and_the_next_one_works() {
    let mut world = World::joined(slow_update());
    let watch = world.begin_update();
    world.until_written(8_960);
    let path = world.link("abort update");
    let foreign =
        format!("GET {path} HTTP/1.1\r\nHost: d1:88\r\nOrigin: http://evil.example\r\n\r\n");
    let answer = world.exchange(88, foreign.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert_eq!(world.firmware.update().phase(), Phase::Receiving);

    world.pass(A_MOMENT);
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\nOrigin: http://192.168.123.1\r\n\r\n"
    );
    let answer = world.exchange(88, request.as_bytes());
    assert!(answer.contains("The update was ended"), "{answer}");
    world.until("the end of the report", |world| {
        world.station.has_ended(watch)
    });
    let report = world.station.take_text(watch);
    assert!(
        report.contains("update failed: ended on request; user1 keeps running"),
        "{report}"
    );
    world.pass(A_MOMENT);
    let again = world.exchange(88, request.as_bytes());
    assert!(again.starts_with("HTTP/1.1 409 "), "{again}");

    world
        .server
        .set_script(Act::image(&image(Slot::Two, 2, 30_000)));
    world.begin_update();
    world.until("the restart", |world| world.has_restarted);
}

#[test]
fn an_update_that_stands_still_gives_way_to_a_new_one_and_says_so() {
    let mut world = World::joined(slow_update());
    let path = world.link("begin update");
    let watch = world.begin_update();
    world.until_written(8_960);
    let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n\r\n");
    let early = world.exchange(88, request.as_bytes());
    assert!(early.starts_with("HTTP/1.1 409 "), "{early}");

    world.pass(crate::update::TAKEOVER_AFTER);
    world
        .server
        .set_script(Act::image(&image(Slot::Two, 2, 30_000)));
    let connection = world.station.connect(88);
    world.station.send(connection, request.as_bytes());
    world.until("the restart", |world| world.has_restarted);
    let first = world.station.take_text(watch);
    assert!(
        first.contains("update failed: it stood still, and another update took its place"),
        "{first}"
    );
    assert!(
        world.console.contains("it stood still"),
        "{}",
        world.console
    );
}

#[test]
fn idle_connections_do_not_lock_the_trigger() {
    let mut world = World::joined(slow_update());
    for _ in 0..crate::network::TRIGGER_SOCKETS {
        world.station.connect(88);
    }
    world.pass(Duration::from_millis(1500));
    world.begin_update();
    world.until_console("update: asking");
}
