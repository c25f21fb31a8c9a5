//! Stations that misbehave on purpose: the page answers again within seconds, and updates work afterwards.

use d1_emulator::air::{Conn, StationConfig, StationId};
use d1_harness::{Bench, Images, Response, Wait};

/// A second station, in range and with an address.
fn attacker(bench: &mut Bench) -> StationId {
    let config = StationConfig {
        mac: [0x02, 0, 0, 0, 0, 0x66],
        ..StationConfig::default()
    };
    let id = bench.machine.air().add_station(config);
    bench.until("the attacker to get an address", Wait::BOOT, |bench| {
        bench.machine.air().station(id).address().is_some()
    });
    id
}

/// Presses reload until the page comes; panics if that takes longer than `wait`.
#[track_caller]
fn reload_until_page(bench: &mut Bench, wait: Wait, mut meanwhile: impl FnMut(&mut Bench)) {
    let mut attempt: Option<Conn> = None;
    let mut received = Vec::new();
    bench.until("the page", wait, |bench| {
        meanwhile(bench);
        let connection = *attempt.get_or_insert_with(|| bench.station().connect(80));
        let station = bench.station();
        if received.is_empty() && station.is_established(connection) {
            station.send(connection, b"GET / HTTP/1.1\r\nHost: 192.168.123.1\r\n\r\n");
        }
        received.extend(station.recv(connection));
        let is_over = station.peer_closed(connection) || !station.is_open(connection);
        if !is_over {
            return false;
        }
        station.close(connection);
        attempt = None;
        let answer = Response::parse(&std::mem::take(&mut received));
        answer.is_ok_and(|answer| answer.status == 200)
    });
}

/// Once the trouble is over and its connections have had their few seconds to end.
#[track_caller]
fn update_works(bench: &mut Bench) {
    bench.pass(Wait(5_000));
    bench.begin_update();
    bench.until_console("user2 @ 0x81000", Wait::UPDATE);
}

#[test]
fn slow_clients_on_every_socket_cannot_keep_the_page_from_others() {
    let mut bench = Bench::with(&Images::load());
    let attacker = attacker(&mut bench);
    let mut slow: Vec<Conn> = Vec::new();
    let mut turn = 0;
    let mut attack = |bench: &mut Bench| {
        let station = bench.machine.air().station(attacker);
        slow.retain(|connection| station.is_open(*connection) && !station.peer_closed(*connection));
        // Comes back at once with another connection, and adds a letter to its request now and then.
        while slow.len() < 3 {
            slow.push(station.connect(80));
            slow.push(station.connect(88));
        }
        turn += 1;
        if turn % 500 == 0 {
            for connection in &slow {
                station.send(*connection, b"G");
            }
        }
    };
    for _ in 0..4_000 {
        attack(&mut bench);
        bench.slice();
    }
    reload_until_page(&mut bench, Wait(5_000), attack);
    bench.machine.air().station(attacker).leave();
    update_works(&mut bench);
}

#[test]
fn handshakes_that_nobody_ends_are_forgotten_at_once() {
    let mut bench = Bench::with(&Images::load());
    let attacker = attacker(&mut bench);
    for _ in 0..40 {
        let station = bench.machine.air().station(attacker);
        station.connect(80);
        station.connect(88);
    }
    // Long enough to send them, too short to answer the answers.
    bench.pass(Wait(2));
    bench.machine.air().station(attacker).vanish();
    reload_until_page(&mut bench, Wait(3_000), |_| ());
    update_works(&mut bench);
}

#[test]
fn clients_that_vanish_in_mid_answer_free_their_sockets_within_seconds() {
    let mut bench = Bench::with(&Images::load());
    let attacker = attacker(&mut bench);
    let connections: Vec<Conn> = (0..8)
        .map(|_| bench.machine.air().station(attacker).connect(80))
        .collect();
    bench.until("three connections", Wait::PAGE, |bench| {
        let station = bench.machine.air().station(attacker);
        let is_established = |connection: &&Conn| station.is_established(**connection);
        connections.iter().filter(is_established).count() >= 3
    });
    for connection in connections {
        let station = bench.machine.air().station(attacker);
        station.send(connection, b"GET / HTTP/1.1\r\nHost: 192.168.123.1\r\n\r\n");
    }
    bench.pass(Wait(4));
    bench.machine.air().station(attacker).vanish();
    reload_until_page(&mut bench, Wait(8_000), |_| ());
    update_works(&mut bench);
}

#[test]
fn rubbish_of_every_kind_on_both_ports_is_answered_or_dropped_and_begins_nothing() {
    let mut bench = Bench::with(&Images::load());
    let seed = 0x5AFE;
    println!("seed {seed:#x}");
    let mut random = fastrand::Rng::with_seed(seed);
    let pipelined = "GET / HTTP/1.1\r\nHost: 192.168.123.1\r\n\r\n".repeat(40);
    let headers = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(500));
    let endless = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(6_000));
    let mut cases = vec![
        pipelined.into_bytes(),
        headers.into_bytes(),
        endless.into_bytes(),
        vec![0; 3_000],
    ];
    cases.extend((0..12).map(|_| {
        let len = random.usize(1..2_500);
        (0..len).map(|_| random.u8(..)).collect()
    }));
    for (index, case) in cases.iter().enumerate() {
        for port in [80, 88] {
            let connection = bench.station().connect(port);
            let mut sent = 0;
            bench.until(
                &format!("the end of case {index} on port {port}"),
                Wait(16_000),
                |bench| {
                    let station = bench.station();
                    sent += station.send(connection, &case[sent..]);
                    station.recv(connection);
                    station.peer_closed(connection) || !station.is_open(connection)
                },
            );
            bench.station().abort(connection);
        }
    }
    reload_until_page(&mut bench, Wait(1_000), |_| ());
    assert!(bench.server.requests.is_empty());
    assert!(bench.reports.is_empty(), "{:#?}", bench.reports);
    update_works(&mut bench);
}
