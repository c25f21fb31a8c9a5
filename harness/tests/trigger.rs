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
    let path = bench.link("begin update");
    let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n\r\n");
    let answer = bench.exchange(88, request.as_bytes(), Wait::UPDATE);
    let answer = Response::parse(&answer).unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("404"), "{answer:?}");
}

/// Asks port 88 for the page's link with these header lines besides; the answer.
#[track_caller]
fn pull_with(bench: &mut Bench, fields: &str) -> Response {
    let path = bench.link("begin update");
    let request = format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n{fields}\r\n");
    let answer = bench.exchange(88, request.as_bytes(), Wait::PAGE);
    Response::parse(&answer).unwrap()
}

#[test]
fn a_bare_visit_is_asked_first_and_its_button_begins_the_update() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    let page = bench.get(88, "/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    bench.pass(Wait(2_000));
    assert!(bench.server.requests.is_empty(), "nobody pressed a button");

    let (_, action) = page.body.split_once("<form method=post action=\"").unwrap();
    let action = action.split('"').next().unwrap();
    let press = format!(
        "POST {action} HTTP/1.1\r\nHost: 192.168.123.1:88\r\nOrigin: http://192.168.123.1:88\r\n\
         Content-Length: 0\r\n\r\n"
    );
    bench.open(88, press.as_bytes());
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
}

#[test]
fn another_sites_page_cannot_begin_an_update() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    // Nor with the token of the start before, which it may have seen on somebody's screen.
    let old = bench.link("begin update");
    bench.power_cycle("user1 @ 0x1000");
    bench.join();
    assert_ne!(bench.link("begin update"), old, "two starts, one token");
    assert_eq!(bench.get(88, &old).status, 403);
    for field in [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Referer: http://evil.example/\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ] {
        let answer = pull_with(&mut bench, field);
        assert_eq!(answer.status, 403, "{field}: {answer:?}");
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, None, "an action for everybody");
    }
    // DNS rebinding: the page of a stranger's name must not be readable under it.
    let rebound = bench.exchange(
        80,
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Wait::PAGE,
    );
    let rebound = Response::parse(&rebound).unwrap();
    assert_eq!(rebound.status, 421);
    assert!(!rebound.body.contains("token="), "{rebound:?}");
    bench.pass(Wait(2_000));
    assert!(bench.server.requests.is_empty());
    // The same link, followed from our page.
    let fields = "Referer: http://192.168.123.1/\r\nSec-Fetch-Site: same-site\r\n";
    let path = bench.link("begin update");
    bench.open(
        88,
        format!("GET {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\n{fields}\r\n").as_bytes(),
    );
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
}

#[test]
fn the_abort_button_leaves_the_old_firmware_in_charge() {
    let images = Images::load();
    let mut bench = Bench::with(&images);
    bench.begin_update();
    bench.until_console("(20 %)", Wait::UPDATE);
    let path = bench.link("abort update");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 192.168.123.1:88\r\nOrigin: http://192.168.123.1\r\n\r\n"
    );
    let answer = Response::parse(&bench.exchange(88, request.as_bytes(), Wait::PAGE)).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    bench.until_console(
        "update failed: ended on request; user1 keeps running",
        Wait::PAGE,
    );
    assert!(bench.page().contains("ended on request"));
    bench.power_cycle("user1 @ 0x1000");
    bench.join();
    bench.begin_update();
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
}

#[test]
fn an_update_that_stands_still_gives_way_to_a_new_one() {
    let images = Images::load();
    let half = images.user2[..images.user2.len() / 2].to_vec();
    let (whole, length) = (images.user2.clone(), images.user2.len());
    let mut is_first = true;
    let server = Server::new(move |_| match std::mem::take(&mut is_first) {
        true => {
            let mut acts = Act::with_length(&half, length);
            acts[1] = Act::Stall;
            acts
        }
        false => Act::ok(&whole),
    });
    let mut bench = Bench::boot(&images.flash, server);
    let path = bench.link("begin update");
    bench.pull(&path);
    bench.until_console("(45 %)", Wait::UPDATE);
    bench.pass(Wait(500));
    assert_eq!(bench.get(88, &path).status, 409, "it has just moved");
    bench.pass(Wait(3_500));
    bench.pull(&path);
    bench.until_console("another update took its place", Wait::PAGE);
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
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
