//! Port 80: the page, and clients of every kind.

use super::*;

#[test]
fn the_page_shows_build_slot_network_and_the_link_to_the_trigger() {
    let mut world = World::joined(vec![]);
    let page = world.get(80, "/");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"));
    for text in [
        "build 1\n",
        "user1 @ 0x1000\n",
        "D1-OTA-&lt;TEST&gt;, 192.168.123.1",
        "<dt>last update<dd>none yet\n",
        "<a rel=nofollow href=\"http://192.168.123.1:88/?token=",
        "\">begin update</a>",
    ] {
        assert!(page.contains(text), "{text:?} is missing: {page}");
    }
    assert!(!page.contains("<TEST>"), "{page}");
}

#[test]
fn who_takes_gzip_gets_style_and_script_in_the_same_answer() {
    use std::io::Read;
    let mut world = World::joined(vec![]);
    let plain = world.get(80, "/");
    let connection = world.station.connect(80);
    let request = "GET / HTTP/1.1\r\nHost: 192.168.123.1:80\r\nAccept-Encoding: gzip\r\n\r\n";
    world.station.send(connection, request.as_bytes());
    world.until("the end of the answer", |world| {
        world.station.has_ended(connection)
    });
    let answer = world.station.received(connection).to_vec();
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = answer.split_at(at.unwrap() + 4);
    let head = std::str::from_utf8(head).unwrap();
    assert!(head.contains("Content-Encoding: gzip\r\n"), "{head}");
    let mut page = String::new();
    flate2::read::GzDecoder::new(body)
        .read_to_string(&mut page)
        .unwrap();
    assert!(page.starts_with("<!doctype html><html lang=en>"), "{page}");
    assert!(page.contains("--accent") && page.contains("/status.json"));
    // From the title on it is the same page, but for the seconds that have passed.
    let tail = |page: &str| {
        page[page.find("<title>").unwrap()..page.find("running for").unwrap()].to_owned()
    };
    assert_eq!(tail(&page), tail(&plain));
    println!(
        "{} bytes plain, {} bytes compressed",
        plain.len(),
        answer.len()
    );
}

#[test]
fn a_phone_that_looks_for_the_internet_is_shown_the_page_but_no_update() {
    let mut world = World::joined(vec![]);
    let probe =
        "GET /generate_204 HTTP/1.1\r\nHost: connectivitycheck.gstatic.com\r\nConnection: close\r\n\r\n";
    let answer = world.exchange(80, probe.as_bytes());
    let to = format!("Location: http://{}/portal\r\n", crate::network::ADDRESS);
    assert!(
        answer.starts_with("HTTP/1.1 302 Found\r\n") && answer.contains(&to),
        "{answer}"
    );
    assert!(!answer.contains("token"), "{answer}");
    let page = world.get(80, "/portal");
    assert!(page.contains("build 1\n") && page.contains("http://192.168.123.1/"));
    assert!(!page.contains("token="), "{page}");
    // Any other page is still not for strangers' names.
    let page = world.exchange(80, b"GET / HTTP/1.1\r\nHost: captive.apple.com\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 421 "), "{page}");
}

#[test]
fn the_length_announced_is_the_length_sent() {
    let mut world = World::joined(vec![]);
    for path in ["/", "/status.json", "/nothing"] {
        let answer = world.get(80, path);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let announced = format!("Content-Length: {}", body.len());
        assert!(head.lines().any(|line| line == announced), "{path}: {head}");
        let head_only = world.exchange(
            80,
            format!("HEAD {path} HTTP/1.1\r\nHost: 192.168.123.1:80\r\n\r\n").as_bytes(),
        );
        assert_eq!(head_only, format!("{head}\r\n\r\n"));
    }
}

#[test]
fn the_status_is_there_for_programs_too() {
    let mut world = World::joined(vec![]);
    let answer = world.get(80, "/status.json");
    let golden = format!(
        "{{\"version\":\"{}\",\"boot\":\"a6eaf461\",\"build\":1,\"slot\":\"user1\",\"offset\":4096,\"map\":\"1M\",\
         \"chip\":1048576,\"release\":0,\"key\":\"47409e86\",\"development\":true,\"ssid\":\"D1-OTA-<TEST>\",\"address\":\"192.168.123.1\",\
         \"stations\":1,\"uptime\":10,\"free\":12345,\"recovery\":false,\"attempt\":0,\"state\":\"idle\",\
         \"written\":0,\"total\":0,\"last\":\"never\",\"cause\":\"none yet\",\
         \"reset\":\"power on\",\"history\":[]}}\n",
        crate::identity::VERSION
    );
    assert!(answer.ends_with(&golden), "{answer}");
}

#[test]
fn the_page_shows_progress_during_an_update() {
    let good = image(Slot::Two, 2, 30_000);
    let mut script = Act::with_len(&good[..9_000], good.len());
    script[1] = Act::Wait(Duration::from_secs(8));
    let mut world = World::joined(script);
    world.begin_update();
    world.until_written(8_960);
    let page = world.get(80, "/");
    let progress = format!("receiving, 8960 of {} bytes\n", good.len());
    assert!(page.contains(&progress), "{page}");
    assert!(
        page.contains("build 1\n") && !page.contains("begin update"),
        "{page}"
    );
    assert!(world
        .get(80, "/status.json")
        .contains("\"state\":\"receiving\",\"written\":8960,"));
}

#[test]
fn the_link_keeps_the_name_the_browser_used_and_nothing_else() {
    let mut world = World::joined(vec![]);
    let with_host = |world: &mut World, host: &str| {
        world.exchange(
            80,
            format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes(),
        )
    };
    let page = with_host(&mut world, "localhost:8080");
    assert!(
        page.contains("href=\"http://localhost:8088/?token="),
        "{page}"
    );
    let page = with_host(&mut world, "\"><script>alert(1)</script>");
    assert!(page.starts_with("HTTP/1.1 400 "), "{page}");
    assert!(!page.contains("alert"), "{page}");
    let page = world.exchange(80, b"GET / HTTP/1.0\r\n\r\n");
    assert!(
        page.contains("href=\"http://192.168.123.1:88/?token="),
        "{page}"
    );
}

#[test]
fn bad_requests_get_their_status_and_the_page_lives_on() {
    let mut world = World::joined(vec![]);
    let huge = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(4000));
    let cases = [
        ("GET /nothing HTTP/1.1\r\n\r\n", "404"),
        ("POST / HTTP/1.1\r\n\r\n", "405"),
        ("DELETE / HTTP/1.1\r\n\r\n", "405"),
        ("\u{0}\u{1} rubbish\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nContent-Length: 9999\r\n\r\n", "413"),
        (&huge, "431"),
    ];
    for (request, status) in cases {
        let answer = world.exchange(80, request.as_bytes());
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{status}: {answer}"
        );
    }
    assert!(world.get(80, "/").contains("build 1\n"));
}

#[test]
fn half_a_request_is_given_up_after_ten_seconds() {
    let mut world = World::joined(vec![]);
    let begin = world.now;
    let answer = world.exchange(80, b"GET / HTTP/1.1\r\nHost: d1\r\n");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let waited = world.now - begin;
    assert!(
        (Duration::from_secs(10)..Duration::from_secs(12)).contains(&waited),
        "{waited}"
    );
}

#[test]
fn clients_that_connect_and_say_nothing_do_not_lock_others_out() {
    let mut world = World::joined(vec![]);
    for _ in 0..3 {
        world.station.connect(80);
    }
    world.pass(Duration::from_millis(1500));
    assert!(world.get(80, "/").contains("build 1\n"));
}

#[test]
fn clients_that_send_a_byte_now_and_then_do_not_lock_others_out() {
    let mut world = World::joined(vec![]);
    let slow: Vec<usize> = (0..3).map(|_| world.station.connect(80)).collect();
    for byte in b"GET / HTTP/1" {
        for connection in &slow {
            world.station.send(*connection, &[*byte]);
        }
        world.pass(Duration::from_millis(200));
    }
    assert!(world.get(80, "/").contains("build 1\n"));
}

#[test]
fn clients_that_vanish_in_mid_answer_do_not_lock_others_out() {
    let mut world = World::joined(vec![]);
    for _ in 0..crate::network::PAGE_SOCKETS {
        let connection = world.station.connect(80);
        world.station.send(connection, b"GET / HTTP/1.1\r\n\r\n");
        world.until("the first bytes", |world| {
            !world.station.received(connection).is_empty()
        });
        let port = world.station.port(connection);
        world.link.lose(port);
    }
    let waited = until_the_page_answers(&mut world);
    assert!(waited < Duration::from_secs(6), "{waited}");
}

/// Asks for the page, as somebody does who presses reload until it comes, and says how long that took.
#[track_caller]
fn until_the_page_answers(world: &mut World) -> Duration {
    let begin = world.now;
    world.until("the page", |world| {
        world.pass(Duration::from_millis(200));
        world.get(80, "/").contains("build 1\n")
    });
    world.now - begin
}

#[test]
fn a_flood_of_handshakes_that_nobody_ends_is_over_when_it_is_over() {
    let mut world = World::joined(vec![]);
    let ports = 40_000..40_200;
    for port in ports.clone() {
        world.link.lose(port);
    }
    for port in ports {
        world.link.inject(world.station.syn(port, 80));
        world.pass(Duration::from_millis(1));
    }
    let waited = until_the_page_answers(&mut world);
    assert!(waited < Duration::from_secs(1), "{waited}");
}

#[test]
fn a_client_that_sends_two_requests_gets_one_answer() {
    let mut world = World::joined(vec![]);
    let two = "GET /status.json HTTP/1.1\r\n\r\n".repeat(2);
    let answer = world.exchange(80, two.as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 1, "{answer}");
}

#[test]
fn many_pages_in_a_row_are_served() {
    let mut world = World::joined(vec![]);
    for _ in 0..50 {
        assert!(world.get(80, "/").contains("build 1\n"));
    }
}
