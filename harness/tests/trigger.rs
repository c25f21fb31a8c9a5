//! Port 88: what starts an update and what does not.

use d1_harness::{Act, Bench, Images, Response, Server, Wait};

#[test]
fn a_second_trigger_during_an_update_is_told_so_and_changes_nothing() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    bench.begin_update();
    bench.until("the first update to fetch", Wait::PAGE, |bench| {
        !bench.server.requests.is_empty()
    });
    let second = bench.get(88, "/");
    assert_eq!(second.status, 409, "{second:?}");
    assert!(second.body.contains("in progress"), "{second:?}");
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
    assert_eq!(bench.server.requests.len(), 1);
}

#[test]
fn a_port_scan_of_port_88_starts_nothing() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    for _ in 0..20 {
        let connection = bench.station().connect(88);
        bench.pass(Wait(50));
        bench.station().abort(connection);
        bench.pass(Wait(10));
    }
    // Half a request and rubbish are no trigger either.
    for rubbish in [
        &b"GET / HT"[..],
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"SSH-2.0-x\r\n",
    ] {
        let connection = bench.open(88, rubbish);
        bench.pass(Wait(500));
        bench.station().abort(connection);
    }
    bench.pass(Wait(2_000));
    assert!(
        bench.server.requests.is_empty(),
        "{:?}",
        bench.server.requests
    );
    assert!(bench.page().contains("build 1"));
}

#[test]
fn a_favicon_request_starts_nothing() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    assert_eq!(bench.get(88, "/favicon.ico").status, 404);
    bench.pass(Wait(2_000));
    assert!(bench.server.requests.is_empty());
}

#[test]
fn the_answer_tells_progress_and_outcome() {
    let images = Images::load();
    let mut bench = Bench::boot(
        &images.flash,
        Server::always(Act::head("404 Not Found", "")),
    );
    let answer = bench.exchange(
        88,
        b"GET / HTTP/1.1\r\nHost: 192.168.123.1:88\r\n\r\n",
        Wait::UPDATE,
    );
    let answer = Response::parse(&answer).unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("404"), "{answer:?}");
}

#[test]
fn a_station_that_leaves_in_mid_update_ends_it() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    bench.begin_update();
    bench.until("the update to fetch", Wait::PAGE, |bench| {
        !bench.server.requests.is_empty()
    });
    bench.pass(Wait(300));
    bench.station().leave();
    bench.until_console("update failed", Wait::UPDATE);
    bench.station().rejoin();
    bench.join();
    assert!(bench.page().contains("build 1"));
}

#[test]
fn the_page_answers_during_an_update() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    bench.begin_update();
    bench.until("the update to fetch", Wait::PAGE, |bench| {
        !bench.server.requests.is_empty()
    });
    let page = bench.page();
    assert!(page.contains("build 1"), "{page}");
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
}

#[test]
fn bad_requests_get_their_status_and_the_page_lives_on() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    let huge = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(4000));
    let cases: [(&[u8], u16); 4] = [
        (b"GET /nothing HTTP/1.1\r\nHost: d1\r\n\r\n", 404),
        (b"DELETE / HTTP/1.1\r\nHost: d1\r\n\r\n", 405),
        (b"\x00\x01\x02 rubbish\r\n\r\n", 400),
        (huge.as_bytes(), 431),
    ];
    for (request, status) in cases {
        let answer = Response::parse(&bench.exchange(80, request, Wait::PAGE)).unwrap();
        assert_eq!(
            answer.status,
            status,
            "to {:?}: {answer:?}",
            String::from_utf8_lossy(request)
        );
    }
    assert!(bench.page().contains("build 1"));
}
